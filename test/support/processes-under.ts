import { readdirSync, readFileSync, readlinkSync } from "node:fs";

function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    // Ended meanwhile.
    return "";
  }
}

/** Every process that works in a folder or names it: kubelets, agents, servers, witnesses. Needs /proc. */
export function processesUnder(folder: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const at = readOr(() => readlinkSync(`/proc/${pid}/cwd`));
      const line = readOr(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
      return at.startsWith(folder) || line.includes(folder) ? [`${pid} ${line}`] : [];
    });
}
