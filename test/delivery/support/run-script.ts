import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { kubectl } from "../../support/helm.js";
import { kubeEnv } from "../../kubernetes/support/kube.js";

const SCRIPTS = fileURLToPath(new URL("../../../redis-cluster/scripts", import.meta.url));

/** A finding as the scripts print it with `--json`. */
export interface ScriptFinding {
  readonly id: string;
  readonly status: "pass" | "fail";
  readonly severity: "block" | "warn";
  readonly subject?: string;
  readonly evidence: string;
}

export interface ScriptOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  readonly findings: readonly ScriptFinding[];
  /** Ids of those that failed and block, each once. */
  readonly blocking: readonly string[];
}

/** A shell with nothing but the system's own programs and kubectl, and a folder for temporary files of its own. */
export interface CleanShell {
  readonly folder: string;
  /** A PATH with what a shell script begins with, and no kubectl. */
  readonly bare: string;
  run(script: "pre" | "post", args: readonly string[], env?: Readonly<Record<string, string>>): Promise<ScriptOutcome>;
  remove(): void;
}

/** Makes such a shell. */
export async function cleanShell(): Promise<CleanShell> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-script-"));
  const programs = join(folder, "bin");
  mkdirSync(programs);
  symlinkSync(await kubectl(), join(programs, "kubectl"));
  const bare = join(folder, "bare");
  mkdirSync(bare);
  for (const program of ["dirname", "cat"]) symlinkSync(`/usr/bin/${program}`, join(bare, program));
  return {
    folder,
    bare,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    run: async (script, args, env = {}) => {
      const began = performance.now();
      const { exitCode, stdout, stderr } = await execa(
        "/bin/sh",
        [join(SCRIPTS, `${script}-upgrade-check.sh`), ...args],
        {
          env: { PATH: `${programs}:/usr/bin:/bin`, HOME: folder, TMPDIR: folder, ...(await kubeEnv()), ...env },
          extendEnv: false,
          reject: false,
        },
      );
      const findings = stdout.startsWith("{") ? (JSON.parse(stdout) as { findings: ScriptFinding[] }).findings : [];
      const blocking = findings.filter(({ status, severity }) => status === "fail" && severity === "block");
      return {
        code: exitCode ?? -1,
        stdout,
        stderr,
        seconds: (performance.now() - began) / 1000,
        findings,
        blocking: [...new Set(blocking.map(({ id }) => id))],
      };
    },
  };
}
