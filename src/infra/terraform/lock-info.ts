/** Who holds the lock of a state. */
export interface LockInfo {
  readonly id: string;
  /** e.g. `ana@laptop`. */
  readonly who: string;
  /** e.g. `OperationTypeApply`. */
  readonly operation: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly path: string;
  /** Of Terraform. */
  readonly version: string;
}

/** `2026-11-23 05:20:18.123456789 +0000 UTC` and ISO 8601 alike, as ISO 8601 to the second. */
function toIso(text: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})/u.exec(text) ?? [];
  return day === undefined || time === undefined ? text : `${day}T${time}Z`;
}

/** Reads the lock as Terraform writes it into the bucket and the table: JSON. Undefined when it is none. */
export function parseLockJson(text: string): LockInfo | undefined {
  try {
    const { ID, Who, Operation, Created, Path, Version } = JSON.parse(text) as Readonly<
      Record<string, string | undefined>
    >;
    if (ID === undefined || ID === "") return undefined;
    return {
      id: ID,
      who: Who ?? "",
      operation: Operation ?? "",
      since: toIso(Created ?? ""),
      path: Path ?? "",
      version: Version ?? "",
    };
  } catch {
    return undefined;
  }
}

/** Reads the lock out of the detail of Terraform's complaint that it could not get it. */
export function parseLockDetail(detail: string): LockInfo | undefined {
  const field = (name: string): string => new RegExp(`^\\s*${name}:[ \\t]*(.*)$`, "mu").exec(detail)?.[1]?.trim() ?? "";
  const id = field("ID");
  if (id === "") return undefined;
  return {
    id,
    who: field("Who"),
    operation: field("Operation"),
    since: toIso(field("Created")),
    path: field("Path"),
    version: field("Version"),
  };
}
