import { createServer, type Server, type Socket } from "node:net";
import Parser from "redis-parser";
import { encodeError, encodeReply, encodeSimple } from "../redis/encode.js";

/** A command of the control port. Throws to answer a RESP error. */
export type ControlCommand = (
  args: readonly string[],
) => Promise<string | readonly string[]> | string | readonly string[];

export interface ControlCommands {
  readonly [name: string]: { readonly help: string; readonly simple?: boolean; readonly run: ControlCommand };
}

async function execute(words: readonly string[], commands: ControlCommands): Promise<string> {
  const [name = "", ...args] = words;
  const known = commands[name.toUpperCase()];
  if (name.toUpperCase() === "HELP")
    return encodeReply(Object.entries(commands).map(([key, { help }]) => `${key}: ${help}`));
  if (!known) return encodeError(`ERR unknown command '${name.slice(0, 64)}', try HELP`);
  try {
    const reply = await known.run(args);
    return known.simple && typeof reply === "string" ? encodeSimple(reply) : encodeReply(reply);
  } catch (error) {
    return encodeError(`ERR ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reads commands as clients send them (arrays) and as a person types them (one line each). */
function readCommands(socket: Socket, onCommand: (words: string[]) => void): void {
  let line = "";
  const parser = new Parser({
    returnReply: (reply) => onCommand(Array.isArray(reply) ? reply.map(String) : [String(reply)]),
    returnError: (error) => socket.end(encodeError(`ERR ${error.message}`)),
    returnFatalError: () => socket.end(encodeError("ERR Protocol error")),
  });
  let framed: boolean | undefined;
  socket.on("data", (data) => {
    framed ??= data[0] === 0x2a; // "*"
    if (framed) {
      parser.execute(data);
      return;
    }
    line += data.toString();
    if (line.length > 4096) socket.end(encodeError("ERR line too long"));
    const lines = line.split(/\r?\n/);
    line = lines.pop() ?? "";
    for (const text of lines) if (text.trim() !== "") onCommand(text.trim().split(/\s+/));
  });
}

/** The agent's RESP port: `redis-cli -p 6390 HANDOVER` is the server container's preStop, with no shell. */
export function startControl(address: string, port: number, commands: ControlCommands): Promise<Server> {
  const server = createServer((socket) => {
    // Replies leave in the order of the commands.
    let last = Promise.resolve();
    socket.on("error", () => socket.destroy());
    readCommands(socket, (words) => {
      last = last.then(async () => {
        const reply = await execute(words, commands);
        if (socket.writable) socket.write(reply);
      });
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve(server));
  });
}
