import { kindOf } from "../plan/change-kind.js";
import {
  blocksOf,
  isUnknown,
  plannedOf,
  showValue,
  type Planned,
  type PolicyInput,
  type Rule,
  type Violation,
} from "./rule.js";

/** Resources whose end is the end of data that nobody can bring back. */
const DATA_TYPES = [
  "aws_s3_bucket",
  "aws_dynamodb_table",
  "aws_eks_cluster",
  "aws_kms_key",
  "aws_ebs_volume",
  "kubernetes_persistent_volume_claim",
  "kubernetes_persistent_volume_claim_v1",
];

function checkDestroy({ plan }: PolicyInput): readonly Violation[] {
  return (plan.resource_changes ?? [])
    .filter(({ mode, type }) => mode === "managed" && DATA_TYPES.includes(type))
    .flatMap((resource) => {
      const kind = kindOf(resource);
      return kind === "destroyed" || kind === "replaced"
        ? [{ resource: resource.address, evidence: `it is ${kind}` }]
        : [];
    });
}

function checkEbs(input: PolicyInput): readonly Violation[] {
  const templates = plannedOf(input, "aws_launch_template").flatMap(({ address, values }) =>
    blocksOf(values, "block_device_mappings").flatMap((mapping) =>
      blocksOf(mapping, "ebs")
        .filter(({ encrypted }) => String(encrypted) !== "true")
        .map(() => ({ resource: address, evidence: `disk ${showValue(mapping["device_name"])} is not encrypted` })),
    ),
  );
  const volumes = plannedOf(input, "aws_ebs_volume")
    .filter(({ values }) => values["encrypted"] !== true)
    .map(({ address }) => ({ resource: address, evidence: "encrypted is not true" }));
  const classes = plannedOf(input, "kubernetes_storage_class", "kubernetes_storage_class_v1")
    .filter((planned) => !isUnknown(planned, "parameters"))
    .filter(({ values }) => (values["parameters"] as Record<string, unknown> | undefined)?.["encrypted"] !== "true")
    .map(({ address }) => ({ resource: address, evidence: 'parameters have no encrypted = "true"' }));
  return [...templates, ...volumes, ...classes];
}

function checkDiskType(input: PolicyInput): readonly Violation[] {
  return plannedOf(input, "aws_launch_template").flatMap(({ address, values }) =>
    blocksOf(values, "block_device_mappings").flatMap((mapping) =>
      blocksOf(mapping, "ebs")
        .filter((ebs) => typeof ebs["volume_type"] === "string" && ebs["volume_type"] !== "gp3")
        .map((ebs) => ({ resource: address, evidence: `volume_type is ${showValue(ebs["volume_type"])}` })),
    ),
  );
}

/** Buckets for which no resource of a type says what is wanted. */
function bucketsWithout(
  input: PolicyInput,
  type: string,
  { evidence, holds }: { readonly evidence: string; readonly holds: (planned: Planned) => boolean },
): readonly Violation[] {
  const settings = plannedOf(input, type);
  return plannedOf(input, "aws_s3_bucket").flatMap((bucket) => {
    const own = settings.filter(({ address, values }) => {
      // A name that is not known yet cannot be compared; then what lies in the same module counts.
      const named = values["bucket"];
      if (typeof named === "string") return named === bucket.values["bucket"] || named === bucket.values["id"];
      return address.split(".").slice(0, -2).join(".") === bucket.address.split(".").slice(0, -2).join(".");
    });
    return own.some(holds) ? [] : [{ resource: bucket.address, evidence }];
  });
}

const bucketRule = (
  rule: Omit<Rule, "check" | "severity">,
  type: string,
  what: { readonly evidence: string; readonly holds: (planned: Planned) => boolean },
): Rule => ({ ...rule, severity: "block", check: (input) => bucketsWithout(input, type, what) });

const BLOCKS = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

export const DATA_RULES: readonly Rule[] = [
  {
    id: "data-destroyed",
    severity: "block",
    title: "nothing that holds data is destroyed or replaced",
    why: "a destroyed bucket, table, key, volume or cluster cannot be brought back by applying again",
    fix: "undo the change that forces it; when it is meant, add a waiver with the reason and a date",
    check: checkDestroy,
  },
  {
    id: "disk-encrypted",
    severity: "block",
    title: "every disk is encrypted",
    why: "a snapshot or a discarded disk of the data must be unreadable without the key",
    fix: "set encrypted = true in the launch template, the volume or the StorageClass",
    check: checkEbs,
  },
  {
    id: "disk-gp3",
    severity: "warn",
    title: "disks of nodes are gp3",
    why: "gp2 costs a fifth more and is slower below 1 TiB",
    fix: 'set volume_type = "gp3"',
    check: checkDiskType,
  },
  bucketRule(
    {
      id: "bucket-versioned",
      title: "every bucket keeps old versions",
      why: "a state that was overwritten by mistake can then be brought back",
      fix: 'add aws_s3_bucket_versioning with status = "Enabled"',
    },
    "aws_s3_bucket_versioning",
    {
      evidence: "versioning is not enabled",
      holds: ({ values }) => blocksOf(values, "versioning_configuration").some(({ status }) => status === "Enabled"),
    },
  ),
  bucketRule(
    {
      id: "bucket-encrypted",
      title: "every bucket says how it encrypts",
      why: "a state holds secrets",
      fix: "add aws_s3_bucket_server_side_encryption_configuration with AES256 or aws:kms",
    },
    "aws_s3_bucket_server_side_encryption_configuration",
    { evidence: "no encryption is configured", holds: ({ values }) => blocksOf(values, "rule").length > 0 },
  ),
  bucketRule(
    {
      id: "bucket-private",
      title: "no bucket can become public",
      why: "one wrong policy or ACL later would publish the state",
      fix: `add aws_s3_bucket_public_access_block with ${BLOCKS.join(", ")} = true`,
    },
    "aws_s3_bucket_public_access_block",
    {
      evidence: "public access is not blocked in all four ways",
      holds: ({ values }) => BLOCKS.every((name) => values[name] === true),
    },
  ),
  bucketRule(
    {
      id: "bucket-tls-only",
      title: "every bucket refuses plain HTTP",
      why: "a state must not travel in the clear",
      fix: "add a bucket policy that denies s3:* where aws:SecureTransport is false",
    },
    "aws_s3_bucket_policy",
    {
      evidence: "no policy denies aws:SecureTransport = false",
      holds: (planned) =>
        isUnknown(planned, "policy") || String(planned.values["policy"]).includes("aws:SecureTransport"),
    },
  ),
  {
    id: "table-recoverable",
    severity: "block",
    title: "every table can be recovered and not be deleted by accident",
    why: "without the lock table two runs may write the state at once",
    fix: "set point_in_time_recovery.enabled and deletion_protection_enabled",
    check: (input) =>
      plannedOf(input, "aws_dynamodb_table").flatMap(({ address, values }) => {
        const missing = [
          ...(blocksOf(values, "point_in_time_recovery").some(({ enabled }) => enabled === true)
            ? []
            : ["point-in-time recovery"]),
          ...(values["deletion_protection_enabled"] === true ? [] : ["deletion protection"]),
        ];
        return missing.length === 0 ? [] : [{ resource: address, evidence: `without ${missing.join(" and ")}` }];
      }),
  },
  {
    id: "kms-rotates",
    severity: "warn",
    title: "keys rotate",
    why: "what one key ever encrypted stays bounded",
    fix: "set enable_key_rotation = true",
    check: (input) =>
      plannedOf(input, "aws_kms_key")
        .filter(({ values }) => values["enable_key_rotation"] !== true)
        .map(({ address }) => ({ resource: address, evidence: "enable_key_rotation is not true" })),
  },
];
