/** Sentences of the libraries that name their own class, whatever follows them. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^disconnects client/i, "Disconnects client"],
  [/^too many cluster redirections/i, "Too many Cluster redirections"],
  [/^connection is closed/i, "Connection is closed"],
  [/^socket closed unexpectedly/i, "Socket closed unexpectedly"],
  [/^failed to refresh slots cache/i, "Failed to refresh slots cache"],
  // One code, two causes: a node that sees too few primaries (or has just started), and slots that nobody serves.
  [/^(?:ReplyError: )?CLUSTERDOWN The cluster is down/, "CLUSTERDOWN The cluster is down"],
  [/^(?:ReplyError: )?CLUSTERDOWN Hash slot not served/, "CLUSTERDOWN Hash slot not served"],
  [/time[d-]?[ -]?out|ETIMEDOUT/i, "timeout"],
];

const SYSTEM_CODE = /\bE(?:CONN|PIPE|HOST|NET|AI_|ADDR|NOTFOUND)[A-Z_]*\b/;
/** A server's error reply begins with its code in capitals; `ERR` alone says nothing. */
const REPLY_CODE = /^(?:ReplyError: )?(?!ERR\b)([A-Z][A-Z_]{2,})(?:\s|$)/;
const WORDS_MAX = 6;

/**
 * The class under which an error is counted: a word or a few that do not change with addresses, keys or numbers, so that
 * ten thousand failures make a handful of classes.
 * @param error whatever a client library rejected with
 */
export function errorClass(error: unknown): string {
  const message = messageOf(error);
  // System codes come first: "connect ETIMEDOUT" is a timeout, "read ECONNRESET" a reset, whatever library says it.
  const reply = REPLY_CODE.exec(message)?.[1];
  const system =
    SYSTEM_CODE.exec(codeOf(error))?.[0] ?? (reply === undefined ? SYSTEM_CODE.exec(message)?.[0] : undefined);
  for (const [pattern, name] of KNOWN) {
    if (pattern.test(message)) return name;
  }
  if (codeOf(error) === "ETIMEDOUT") return "timeout";
  return system ?? reply ?? firstWords(message);
}

function firstWords(message: string): string {
  const plain = message
    .replace(/\[[\da-f:]+\](?::\d+)?|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b[\w.-]+:\d{2,5}\b/gi, "")
    .replace(/'[^']*'|"[^"]*"|`[^`]*`|\bevenkeel:\S+/g, "")
    .replace(/[.;,(\n][\s\S]*$/, "")
    .replace(/\b[\da-f]{16,}\b|\b\d+\b/gi, "")
    .replace(/[:\s]+/g, " ")
    .trim();
  const words = plain.split(" ").filter((word) => word !== "");
  if (words.length > 0) return words.slice(0, WORDS_MAX).join(" ");
  return "unknown error";
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === "string" ? error : "";
  // A connect that tried several addresses has an empty message and the reasons inside.
  if (error.message === "" && error instanceof AggregateError) return messageOf(error.errors[0]);
  // node-redis rejects with a TimeoutError that has neither a message nor a name of its own.
  const kind = error.constructor.name;
  return error.message === "" && kind !== "Error" ? kind : error.message;
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
