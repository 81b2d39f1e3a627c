import { LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { nearestName } from "../../errors/nearest-name.js";
import { checkEnvironments } from "./check-environment.js";
import { joinPath, type Fault, type Notice } from "./faults.js";
import { keysAt } from "./describe-keys.js";
import { infraFileSchema, type InfraFile } from "./schema.js";

/** An environment file that was read and found right. */
export interface ParsedFile {
  readonly file: InfraFile;
  readonly notices: readonly Notice[];
}

type Path = readonly (string | number)[];

/** Line of a key in the text: of the last part of the path that is written there. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const offset = offsetIn(parent, path[length - 1]);
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return undefined;
}

/** Where a map's key, or a list's item, begins. */
function offsetIn(parent: unknown, key: string | number | undefined): number | undefined {
  const { items } = (parent ?? {}) as { readonly items?: readonly unknown[] };
  if (items === undefined) return undefined;
  if (typeof key === "number") return rangeOf(items[key]);
  const pair = items.find((item) => (item as { key?: { value?: unknown } }).key?.value === key);
  return rangeOf((pair as { key?: unknown } | undefined)?.key);
}

function rangeOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | undefined)?.range?.[0];
}

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function explain(issue: z.core.$ZodIssue, input: unknown): readonly Fault[] {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const names = keysAt(path);
      const near = nearestName(key, names);
      const help = near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
      const at = [...path, key];
      return { path: at, place: joinPath(at), message: `there is no key ${JSON.stringify(key)}; ${help}` };
    });
  const value = valueAt(input, path);
  const message =
    value === undefined ? `missing; wanted is ${issue.message}` : `found ${show(value)}, allowed is ${issue.message}`;
  return [{ path, place: joinPath(path), message }];
}

function invalid(name: string, faults: readonly Fault[]): EvenkeelError {
  const said = faults.map(
    ({ place, message, line }) => `${line === undefined ? "" : `line ${line}, `}${place}: ${message}`,
  );
  return new EvenkeelError(`${name} is wrong: ${said.join("; ")}`, {
    code: "INFRA_FILE_INVALID",
    owner: "user",
    hint: `correct ${name}; docs/infra.md says what each key is for`,
    details: { file: name, faults: faults.map(({ place, message, line }) => ({ place, message, line })) },
  });
}

/**
 * Reads an environment file.
 * @param name of the file, for errors
 * @throws EvenkeelError `INFRA_FILE_INVALID` with every fault, its place and its line
 */
export function parseEnvironment(text: string, name: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    throw invalid(
      name,
      document.errors.map(({ message, pos }) => ({
        path: [],
        place: "YAML",
        message: message.split(" at line ")[0] ?? message,
        line: lines.linePos(pos[0]).line,
      })),
    );
  const place = (fault: Fault): Fault => {
    const line = lineOf(document, lines, fault.path);
    return line === undefined ? fault : { ...fault, line };
  };
  const input: unknown = document.toJS();
  const parsed = infraFileSchema.safeParse(input);
  if (!parsed.success) throw invalid(name, parsed.error.issues.flatMap((issue) => explain(issue, input)).map(place));
  const { faults, notices } = checkEnvironments(parsed.data);
  if (faults.length > 0) throw invalid(name, faults.map(place));
  return { file: parsed.data, notices };
}
