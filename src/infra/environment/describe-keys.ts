import { z } from "zod";
import { infraFileSchema } from "./schema.js";

/** One key of the environment file. */
export interface KeyDescription {
  /** e.g. `environments.NAME.nodes.diskGib`. */
  readonly key: string;
  readonly description: string;
  /** As YAML; missing when there is none. */
  readonly default?: string;
  readonly required: boolean;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
}

const readSchema = (): JsonSchema =>
  z.toJSONSchema(infraFileSchema, { io: "input", unrepresentable: "any" }) as JsonSchema;

function step(schema: JsonSchema | undefined, key: string | number): JsonSchema | undefined {
  if (schema === undefined) return undefined;
  if (typeof key === "number") return schema.items;
  return schema.properties?.[key] ?? (schema.additionalProperties === false ? undefined : schema.additionalProperties);
}

/** Names that may stand at a place of the file. */
export function keysAt(path: readonly (string | number)[]): readonly string[] {
  let schema: JsonSchema | undefined = readSchema();
  for (const key of path) schema = step(schema, key);
  return Object.keys(schema?.properties ?? {});
}

function* listKeys(schema: JsonSchema, prefix: string): Generator<KeyDescription> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const key = `${prefix}${name}`;
    const fallback =
      child.properties === undefined && child.default !== undefined ? JSON.stringify(child.default) : undefined;
    yield {
      key,
      description: child.description ?? "",
      required: (schema.required ?? []).includes(name),
      ...(fallback === undefined ? {} : { default: fallback }),
    };
    yield* listKeys(child, `${key}.`);
    if (child.items?.properties !== undefined) yield* listKeys(child.items, `${key}[].`);
    const more = child.additionalProperties;
    if (more !== undefined && more !== false && more.properties !== undefined) yield* listKeys(more, `${key}.NAME.`);
  }
}

/** Every key that the file may have, in its order; docs/infra.md is made from it. */
export function describeKeys(): readonly KeyDescription[] {
  return [...listKeys(readSchema(), "")];
}
