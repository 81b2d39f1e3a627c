import { readdirSync, readFileSync } from "node:fs";
import { execa } from "execa";

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}

/** Process id, on this machine, of the server in a pod of the tests' Kubernetes, whose nodes run on this very machine. */
export function serverProcess(podUid: string): number {
  const inPod = (cgroup: string): boolean => cgroup.includes(podUid) || cgroup.includes(podUid.replaceAll("-", "_"));
  const pid = readdirSync("/proc").find(
    (name) =>
      /^\d+$/.test(name) && /^(?:redis|valkey)-server/.test(readProc(name, "comm")) && inPod(readProc(name, "cgroup")),
  );
  if (pid === undefined) throw new Error(`no server process of pod ${podUid} on this machine`);
  return Number(pid);
}

/** The image has no `mount`: a program of this machine that enters the container after it was loaded. */
const COVER = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def must(code):
    if code != 0: sys.exit(os.strerror(ctypes.get_errno()))
must(libc.setns(os.open(f"/proc/{sys.argv[1]}/ns/mnt", os.O_RDONLY), 0))
if sys.argv[2] == "cover": must(libc.mount(b"full", b"/data", b"tmpfs", 0, b"size=1m,mode=777"))
else: must(libc.umount2(b"/data", 2))
`;

/** Puts a volume of 1 MB over a container's data folder, or takes it away again. The server keeps the files that it has open. */
export async function coverData(pid: number, what: "cover" | "remove"): Promise<void> {
  await execa("python3", ["-c", COVER, String(pid), what]);
}

/** Drops (or lets pass again) all that comes in on the cluster bus of a server's pod. */
export async function dropBusPackets(pid: number, drop: boolean): Promise<void> {
  const rules = drop
    ? `table inet deaf { chain in { type filter hook input priority 0; tcp dport 16379 drop; tcp sport 16379 drop; }; }`
    : "delete table inet deaf";
  await execa("nsenter", ["--target", String(pid), "--net", "nft", "-f", "-"], { input: rules });
}
