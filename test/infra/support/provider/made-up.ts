import { createHash } from "node:crypto";
import type { CtyType } from "../schema/schema.js";

export const ACCOUNT = "123456789012";
const GLOBAL_SERVICES = new Set(["iam", "s3"]);

/** What a made-up value is for. */
export interface Subject {
  readonly type: string;
  readonly region: string;
  /** The arguments of the resource or data source, as far as they are known. */
  readonly known: Readonly<Record<string, unknown>>;
}

function digest(subject: Subject, path: string): string {
  return createHash("sha256")
    .update(`${subject.type}\0${path}\0${JSON.stringify(subject.known)}`)
    .digest("hex");
}

/** The name that AWS would build an id or ARN from. */
function ownName(subject: Subject, path: string): string {
  const { name, bucket, cluster_name: cluster, addon_name: addon, node_group_name: group } = subject.known;
  if (subject.type === "aws_eks_addon") return `${String(cluster)}:${String(addon)}`;
  if (subject.type === "aws_eks_node_group") return `${String(cluster)}:${String(group)}`;
  const found = [bucket, name].find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : digest(subject, path).slice(0, 17);
}

const NAMED =
  /^aws_(iam_role|iam_policy|s3_bucket|dynamodb_table|eks_cluster|eks_addon|eks_node_group|cloudwatch_log_group)$/;

function madeUpString(subject: Subject, name: string, path: string): string {
  const short = subject.type.replace(/^aws_/, "");
  const service = short.split("_")[0] ?? short;
  if (name === "arn" || name.endsWith("_arn")) {
    const region = GLOBAL_SERVICES.has(service) ? "" : subject.region;
    const kind = service === "s3" ? "" : `${short.slice(service.length + 1) || short}/`;
    return `arn:aws:${service}:${region}:${service === "s3" ? "" : ACCOUNT}:${kind}${ownName(subject, path)}`;
  }
  if (name === "id")
    return NAMED.test(subject.type) ? ownName(subject, path) : `${short}-${digest(subject, path).slice(0, 17)}`;
  if (name === "endpoint" || name === "issuer") return `https://${digest(subject, path).slice(0, 32)}.example.com`;
  if (name === "data") return Buffer.from(digest(subject, path)).toString("base64");
  if (name === "json") return "{}";
  return `${name}-${digest(subject, path).slice(0, 8)}`;
}

/** What the data sources that ask AWS who and where we are would answer. */
function wellKnown(subject: Subject, name: string): unknown {
  if (name === "region") return subject.region;
  if (name === "account_id" || name === "owner_id") return ACCOUNT;
  if (name === "partition") return "aws";
  if (name === "dns_suffix") return "amazonaws.com";
  if (subject.type === "aws_region" && (name === "name" || name === "id")) return subject.region;
  if (subject.type === "aws_availability_zones" && name === "names") {
    return ["a", "b", "c", "d"].map((letter) => `${subject.region}${letter}`);
  }
  return undefined;
}

/**
 * Makes up what AWS would have answered for a computed attribute: of the right type, the same for the same resource.
 * @param path where in the resource it stands
 */
export function madeUp(subject: Subject, name: string, type: CtyType, path: string = name): unknown {
  const known = wellKnown(subject, name);
  if (known !== undefined) return known;
  if (type === "string") return madeUpString(subject, name, path);
  if (type === "number") return 1;
  if (type === "bool") return false;
  if (typeof type === "string") return null;
  if (type[0] === "map") return {};
  if (type[0] === "object") {
    return Object.fromEntries(
      Object.entries(type[1]).map(([key, inner]) => [key, madeUp(subject, key, inner, `${path}.${key}`)]),
    );
  }
  return Array.isArray(type[1]) && type[1][0] === "object" ? [madeUp(subject, name, type[1], `${path}.0`)] : [];
}
