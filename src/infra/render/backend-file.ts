import type { InfraFile } from "../environment/schema.js";

const toHcl = (value: string | boolean | Readonly<Record<string, string>>): string =>
  typeof value === "object"
    ? `{ ${Object.entries(value)
        .map(([name, text]) => `${name} = ${JSON.stringify(text)}`)
        .join(", ")} }`
    : JSON.stringify(value);

/**
 * The settings of the S3 backend for one state, as `terraform init -backend-config=FILE` reads them. Credentials are never
 * among them: Terraform finds those in its own environment.
 */
export function backendFile({ state }: Pick<InfraFile, "state">, key: string): string {
  const { bucket, region, table, lock, kmsKeyArn, endpoints } = state;
  const settings: Record<string, string | boolean | Readonly<Record<string, string>>> = {
    bucket,
    key,
    region,
    encrypt: true,
    ...(kmsKeyArn === undefined ? {} : { kms_key_id: kmsKeyArn }),
    ...(lock === "dynamodb" ? {} : { use_lockfile: true }),
    ...(lock === "s3" ? {} : { dynamodb_table: table }),
  };
  if (endpoints !== undefined) {
    settings["endpoints"] = {
      s3: endpoints.s3,
      ...(endpoints.dynamodb === undefined ? {} : { dynamodb: endpoints.dynamodb }),
    };
    settings["use_path_style"] = true;
    for (const what of ["credentials_validation", "metadata_api_check", "region_validation", "requesting_account_id"])
      settings[`skip_${what}`] = true;
  }
  const width = Math.max(...Object.keys(settings).map((name) => name.length));
  return Object.entries(settings)
    .map(([name, value]) => `${name.padEnd(width)} = ${toHcl(value)}\n`)
    .join("");
}
