import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { EngineContext } from "./engine-binary.js";

/** The folders of the per-user cache. */
export interface CacheFolders {
  readonly root: string;
  /** One folder per engine version. */
  readonly engines: string;
  /** Package lists, one folder per release of the distribution. */
  readonly packageLists: string;
  readonly lock: string;
}

/**
 * Says where fetched engines are kept: `EVENKEEL_CACHE`, else `$XDG_CACHE_HOME/evenkeel`, else `~/.cache/evenkeel`.
 * Relative values are ignored, as the XDG base directory rules ask.
 */
export function cacheFolders(context: Pick<EngineContext, "env" | "home">): CacheFolders {
  const { EVENKEEL_CACHE: own, XDG_CACHE_HOME: xdg, HOME } = context.env;
  const home = context.home ?? (HOME === undefined || HOME === "" ? homedir() : HOME);
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".cache");
  const root = own !== undefined && isAbsolute(own) ? own : join(base, "evenkeel");
  return {
    root,
    engines: join(root, "engines"),
    packageLists: join(root, "package-lists"),
    lock: join(root, "fetch.lock"),
  };
}
