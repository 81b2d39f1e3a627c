import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { knownChecks } from "./known-checks.js";
import { nearestName } from "../../errors/nearest-name.js";
import { DEFAULT_POLICY, type UpgradePolicy } from "./policy.js";

/** One thing that is wrong in the file. */
interface Fault {
  /** e.g. `soft.p99Ms`; `the file` for the whole. */
  readonly place: string;
  readonly message: string;
}

/**
 * Reads a policy file (JSON); what it does not say is as in `DEFAULT_POLICY`.
 * @throws EvenkeelError `POLICY_UNREADABLE`; `POLICY_INVALID` naming the file, every place in it, the value found there and what is
 * allowed
 */
export async function readPolicy(file: string): Promise<UpgradePolicy> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new EvenkeelError(`cannot read the policy file ${file}: ${messageOf(error)}`, {
      code: "POLICY_UNREADABLE",
      owner: "user",
      hint: "name a readable JSON file with --policy",
      cause: error,
      details: { file },
    });
  }
  return parsePolicy(text, file);
}

/**
 * The policy that the text of a file stands for.
 * @param file named in errors
 * @throws EvenkeelError `POLICY_INVALID`
 */
export async function parsePolicy(text: string, file: string): Promise<UpgradePolicy> {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw invalid(file, [{ place: placeInText(text, messageOf(error)), message: notJson(file) }]);
  }
  // Only who has a file pays for the schema: without one the defaults need no zod.
  const { policySchema } = await import("./policy-schema.js");
  const parsed = policySchema.safeParse(input);
  if (!parsed.success)
    throw invalid(
      file,
      parsed.error.issues.flatMap((issue) => explain(issue, input)),
    );
  const unknown = unknownChecks(Object.keys(parsed.data.checks));
  if (unknown.length > 0) throw invalid(file, unknown);
  return parsed.data;
}

function invalid(file: string, faults: readonly Fault[]): EvenkeelError {
  const said = faults.map(({ place, message }) => `${place}: ${message}`);
  return new EvenkeelError(`the policy file ${file} is wrong: ${said.join("; ")}`, {
    code: "POLICY_INVALID",
    owner: "user",
    hint: `correct ${file}; what it leaves out is as in the defaults`,
    details: { file, faults },
  });
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, input: unknown): readonly Fault[] {
  const value = valueAt(input, issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) =>
      unknownName(joinPath([...issue.path, key]), key, { kind: "field", names: fieldsAt(issue.path) }),
    );
  }
  return [{ place: joinPath(issue.path), message: `found ${show(value)}, allowed is ${issue.message}` }];
}

function unknownName(
  place: string,
  name: string,
  { kind, names }: { readonly kind: string; readonly names: readonly string[] },
): Fault {
  const near = nearestName(name, names);
  const help = near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
  return { place, message: `there is no ${kind} ${JSON.stringify(name)}; ${help}` };
}

function unknownChecks(ids: readonly string[]): readonly Fault[] {
  if (ids.length === 0) return [];
  const names = knownChecks();
  return ids
    .filter((id) => !names.includes(id))
    .map((id) => unknownName(joinPath(["checks", id]), id, { kind: "check", names }));
}

/** Names that the defaults have at a place, and the optional one that they leave out. */
function fieldsAt(path: readonly PropertyKey[]): readonly string[] {
  const at = valueAt(DEFAULT_POLICY, path);
  const names = typeof at === "object" && at !== null ? Object.keys(at) : [];
  return joinPath(path) === "hard" ? [...names, "failedPerSecond"] : names;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** `soft.p99Ms`, `ignoreErrors["node-redis"][0]`. */
function joinPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the file";
  const parts = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^\w+$/.test(String(key)) ? `.${String(key)}` : `[${JSON.stringify(String(key))}]`;
  });
  return parts.join("").replace(/^\./, "");
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where `JSON.parse` gave up; its sentence names the position, or says that the text ended. */
function placeInText(text: string, message: string): string {
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
  const before = text.slice(0, position).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

function notJson(file: string): string {
  return /\.ya?ml$/i.test(file) ? "it is not JSON, and YAML is not read" : "it is not JSON";
}
