import { Writable } from "node:stream";
import { main } from "../../../../src/cli/main.js";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON. */
  readonly json: () => Record<string, unknown>;
}

function collect(): { stream: Writable; text: () => string } {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}

export interface RunInfraOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Once it resolves, Ctrl-C is pressed. */
  readonly interrupted?: Promise<unknown>;
}

/** Runs the command line in this process: `evenkeel infra ...argv`. */
export async function runInfra(argv: readonly string[], { cwd, env, interrupted }: RunInfraOptions): Promise<Ended> {
  const [out, err] = [collect(), collect()];
  const code = await main(["infra", ...argv], {
    stdout: out.stream,
    stderr: err.stream,
    env,
    cwd,
    onSignal: (signal, listener) => {
      if (signal === "SIGINT") void interrupted?.then(listener);
      return () => undefined;
    },
    exit: () => undefined,
  });
  return {
    code,
    stdout: out.text(),
    stderr: err.text(),
    json: () => JSON.parse(out.text()) as Record<string, unknown>,
  };
}
