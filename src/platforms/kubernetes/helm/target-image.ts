import type { PodTemplate } from "../../../ports/platform.js";
import { overlay, type Values } from "./values.js";

/** The chart's values of the server's image. */
export interface ImageValues {
  readonly registry?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Names under which the official images are found. */
const OFFICIAL: Readonly<Record<PodTemplate["engine"], string>> = { redis: "redis", valkey: "valkey/valkey" };

/** Splits `registry/path:tag@digest`; a registry is told from a path by its dot, its port, or the name localhost. */
export function parseImage(image: string): Required<ImageValues> {
  const [withoutDigest = "", digest = ""] = image.split("@");
  const colon = withoutDigest.lastIndexOf(":");
  const tagged = colon > withoutDigest.lastIndexOf("/");
  const path = tagged ? withoutDigest.slice(0, colon) : withoutDigest;
  const [first = "", ...rest] = path.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return {
    registry: hasRegistry ? first : "",
    repository: hasRegistry ? rest.join("/") : path,
    tag: tagged ? withoutDigest.slice(colon + 1) : "",
    digest,
  };
}

/** The repository of the other engine: the official one for an official one, else the same path with the last name changed. */
function repositoryFor(repository: string, from: PodTemplate["engine"], to: PodTemplate["engine"]): string {
  if (from === to) return repository;
  if (repository === "" || repository === OFFICIAL[from] || repository === `library/${OFFICIAL[from]}`)
    return OFFICIAL[to];
  return [...repository.split("/").slice(0, -1), to].join("/");
}

/**
 * The values that make the release run another engine or version.
 * @param present values of the release, the chart's own included
 * @param image the target's image, where the user named it
 */
export function targetValues(present: Values, target: PodTemplate, image?: string): Values {
  const own = (present["image"] ?? {}) as ImageValues;
  const from = present["engine"] === "valkey" ? "valkey" : "redis";
  const named: ImageValues =
    image === undefined
      ? { repository: repositoryFor(own.repository ?? "", from, target.engine), tag: target.version, digest: "" }
      : parseImage(image);
  // A tag that begins with the version says it by itself.
  const says = (named.tag ?? "").startsWith(target.version);
  return overlay({}, { engine: target.engine, image: named, version: says ? "" : target.version });
}

/** As a pod's container names it. */
export function imageName(values: Values): string {
  const { registry, repository, tag, digest } = (values["image"] ?? {}) as ImageValues;
  const engine = values["engine"] === "valkey" ? "valkey" : "redis";
  const path = [registry, repository === undefined || repository === "" ? OFFICIAL[engine] : repository]
    .filter((part) => part !== undefined && part !== "")
    .join("/");
  return digest !== undefined && digest !== "" ? `${path}@${digest}` : `${path}:${tag ?? ""}`;
}
