import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { EvenkeelError } from "../../errors/evenkeel-error.js";

const url = z.url({ protocol: /^https?$/ });
const shared = {
  /** Milliseconds between two questions. */
  everyMs: z.int().min(200).max(60_000).default(1000),
  /** File with a bearer token; the token itself never stands in a configuration. */
  tokenFile: z.string().min(1).optional(),
};

const schema = z.discriminatedUnion("kind", [
  /** The address answers `{"commands": N, "failed": N, "p99Ms": N}`; the first two only grow. */
  z.strictObject({ kind: z.literal("json"), url, ...shared }),
  /** Three instant queries of a Prometheus, each with one number; the first two only grow. */
  z.strictObject({
    kind: z.literal("prometheus"),
    url,
    commands: z.string().min(1),
    failed: z.string().min(1),
    p99Ms: z.string().min(1).optional(),
    ...shared,
  }),
]);

/** Where somebody else's measurement of the clients is found. */
export type ExternalWitnessConfig = z.output<typeof schema>;

/**
 * Reads the description of an external witness, JSON or YAML.
 * @throws EvenkeelError `WITNESS_CONFIG` when it cannot be read or has wrong fields
 */
export async function readExternalConfig(file: string): Promise<ExternalWitnessConfig> {
  try {
    return parseExternalConfig(parse(await readFile(file, "utf8")));
  } catch (error) {
    if (error instanceof EvenkeelError) throw error;
    throw refused(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/**
 * Fills in defaults and refuses what makes no sense.
 * @throws EvenkeelError `WITNESS_CONFIG` that names each wrong field
 */
export function parseExternalConfig(input: unknown): ExternalWitnessConfig {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".") || "config"}: ${issue.message}`);
  throw refused(`the external witness is described wrongly: ${issues.join("; ")}`, parsed.error);
}

function refused(message: string, cause: unknown): EvenkeelError {
  return new EvenkeelError(message, {
    code: "WITNESS_CONFIG",
    owner: "user",
    hint: "docs/kubernetes/external-witness.md shows both kinds",
    cause,
  });
}
