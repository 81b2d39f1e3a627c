import type { BinaryConnection } from "../../../redis/connect-binary.js";

/** What `INFO` says. */
export interface InfoFields {
  /** Empty when the field is missing. */
  text(field: string): string;
  /** 0 when the field is missing. */
  number(field: string): number;
  /** Numbers of the databases that hold keys, with how many. */
  databases(): readonly { readonly database: number; readonly keys: number }[];
}

/** Asks a server for all of `INFO`. */
export async function readInfo(connection: Pick<BinaryConnection, "call">): Promise<InfoFields> {
  const fields = new Map<string, string>();
  for (const line of String(await connection.call("INFO")).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return {
    text: (field) => fields.get(field) ?? "",
    number: (field) => Number(fields.get(field) ?? 0),
    databases: () =>
      [...fields].flatMap(([field, value]) => {
        const database = /^db(\d+)$/u.exec(field)?.[1];
        return database === undefined
          ? []
          : [{ database: Number(database), keys: Number(/keys=(\d+)/u.exec(value)?.[1] ?? 0) }];
      }),
  };
}
