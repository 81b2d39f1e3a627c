/**
 * A command as RESP: an array of bulk strings.
 * @param args the command's name and its arguments
 */
export function encodeCommand(args: readonly (string | number)[]): string {
  let text = `*${args.length}\r\n`;
  for (const arg of args) {
    const value = String(arg);
    text += `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  }
  return text;
}

/** Commands as they are sent one after the other. */
export interface EncodedCommands {
  /** How many replies they have. */
  readonly count: number;
  readonly text: string;
}

export const encodeCommands = (commands: readonly (readonly (string | number)[])[]): EncodedCommands => ({
  count: commands.length,
  text: commands.map(encodeCommand).join(""),
});

/** A RESP array of texts and numbers, for the agent's own control port. */
export function encodeReply(reply: string | number | readonly string[]): string {
  if (typeof reply === "number") return `:${reply}\r\n`;
  if (typeof reply === "string") return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(encodeReply).join("")}`;
}

/** One line without line breaks, as RESP demands of simple strings and errors. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, " ");

export const encodeSimple = (text: string): string => `+${oneLine(text)}\r\n`;
export const encodeError = (text: string): string => `-${oneLine(text)}\r\n`;
