import type { BuildOptions } from "esbuild";

export const PROGRAM: BuildOptions;
export const REQUIRE: { readonly js: string };
