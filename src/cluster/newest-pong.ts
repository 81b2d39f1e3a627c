/**
 * When the server that wrote this reply of `CLUSTER NODES` last read the answer to a ping of its own: milliseconds of its clock,
 * 0 when it never did. Answers that other nodes tell of count whole seconds, and are left out.
 */
export function newestPong(nodes: string): number {
  const pongs = nodes.split("\n").map((line) => Number(line.split(" ")[5] ?? 0));
  return Math.max(0, ...pongs.filter((pong) => pong % 1000 !== 0));
}
