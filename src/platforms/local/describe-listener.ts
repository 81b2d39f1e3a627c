import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { hasShape, record, text } from "./check-shape.js";
import { requestHttp } from "./http-request.js";
import { KUBELET_PORT } from "./ports.js";

/** Who listens somewhere, and what a user can do about it. */
export interface Listener {
  readonly text: string;
  readonly hint: string;
  readonly pid?: number;
}

const podAnswer = record<{ pod: string; dir: string }>({ pod: text, dir: text });

const LISTENING = "0A";

// /proc/net/tcp writes an IPv4 address as one little-endian number in hexadecimal.
function asKernelAddress(address: string, port: number): string {
  const bytes = address.split(".").map(Number).toReversed();
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}

function findInode(address: string, port: number): string | undefined {
  const wanted = [asKernelAddress(address, port), asKernelAddress("0.0.0.0", port)];
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] === LISTENING && wanted.includes(fields[1] ?? "")) return fields[9];
  }
  return undefined;
}

function holdsSocket(pid: string, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false;
      }
    });
  } catch {
    // Another user's process, or one that just ended.
    return false;
  }
}

function findProcess(address: string, port: number): Listener | undefined {
  try {
    const inode = findInode(address, port);
    if (inode === undefined) return undefined;
    const pid = readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && holdsSocket(entry, inode));
    if (pid === undefined) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim().slice(0, 120);
    return {
      text: `process ${pid} (${command})`,
      hint: `stop process ${pid}, or choose another --subnet`,
      pid: Number(pid),
    };
  } catch {
    return undefined;
  }
}

async function findCluster(address: string): Promise<Listener | undefined> {
  try {
    const reply = await requestHttp({ host: address, port: KUBELET_PORT, path: "/status", timeoutMs: 500 });
    const answer: unknown = JSON.parse(reply.body);
    if (reply.status !== 200 || !hasShape(answer, podAnswer)) return undefined;
    const { pod, dir } = answer;
    const [home, name] = [dir.replace(/\/clusters\/.*$/, ""), pod.replace(/-\d+$/, "")];
    return {
      text: `pod ${pod} of another local cluster (${dir})`,
      hint: `stop that cluster: EVENKEEL_HOME=${home} evenkeel down --name ${name}, or choose another --subnet`,
    };
  } catch {
    return undefined;
  }
}

/** Finds out who listens on an address and port: one of our clusters, or a process; undefined when it cannot be told. */
export async function describeListener(address: string, port: number): Promise<Listener | undefined> {
  return (await findCluster(address)) ?? findProcess(address, port);
}
