import { AGENT_CONTROL_PORT, AGENT_HTTP_PORT, SERVER_PORT } from "../../../cluster/constants.js";
import type { ServerTemplate } from "../cluster-file.js";
import { readTail } from "../read-tail.js";
import type { PodPaths } from "../state-paths.js";
import { keepContainer } from "./container.js";
import type { Container, ContainerExit } from "./container.js";
import { askReady, describeAgent } from "./describe-agent.js";
import { AGENT_NODE_FLAGS } from "./node-flags.js";
import { pause } from "./pause.js";
import { askHandOver } from "./pre-stop.js";
import { httpProbe, pingProbe, probeProcess } from "./probe.js";
import { startProcess } from "./running-process.js";
import type { RunningProcess } from "./running-process.js";
import type { StatusStore } from "./status-store.js";

const AGENT_STARTUP_EVERY_MS = 30;
const SERVER_STARTUP_EVERY_MS = 100;
const LIVE_EVERY_MS = 2000;
/** With a look every 2 s and a second for each: a server that hangs for 15 s (a slow disk, SIGSTOP) is not killed. */
const FAILURE_THRESHOLD = 10;
const READY_EVERY_MS = 500;
/** Looks without any answer until a ready pod counts as not ready; an answer that says "not ready" counts at once. */
const READY_FAILURES = 3;
const SAY_WAIT_EVERY_MS = 1000;
const AGENT_GRACE_MS = 2000;
const RESTART_GRACE_MS = 5000;
/** A hook that used up the grace period leaves the server this long, as a kubelet does. */
const LAST_GRACE_MS = 2000;
const CRASHES_UNTIL_CRASHED = 5;
const QUICK_EXIT_MS = 1000;

export interface PodRunOptions {
  readonly address: string;
  readonly template: ServerTemplate;
  readonly paths: PodPaths;
  readonly agentProgram: string;
  readonly store: StatusStore;
  readonly log: (message: string) => void;
}

/** What an earlier kubelet left running. */
export interface Adopted {
  readonly agent?: RunningProcess | undefined;
  readonly server?: RunningProcess | undefined;
}

/** One pod from its start to its end: an agent, then a server, their probes, restarts and the stop. */
export class PodRun {
  readonly #options: PodRunOptions;
  readonly #ending = new AbortController();
  #agent: Container | undefined;
  #server: Container | undefined;
  #serverStarted = false;
  #quickExits = 0;

  constructor(options: PodRunOptions) {
    this.#options = options;
  }

  /** Starts the agent, waits until it opened the start gate, starts the server. An adopted server is watched at once. */
  async start(adopted: Adopted = {}): Promise<void> {
    if (adopted.server !== undefined) this.#keepServer(adopted.server);
    await this.#keepAgent(adopted.agent);
    if (this.#ending.signal.aborted) return;
    if (this.#server === undefined) this.#keepServer();
    void this.#sayWhatIsWaitedFor();
    await this.#probeReadiness();
  }

  /** Ends the server's process alone; it comes back on the same address through the start gate. */
  restartServer(): void {
    void this.#server?.restart(RESTART_GRACE_MS);
  }

  /**
   * Stops the pod as a kubelet does: the preStop hook to its end, SIGTERM to the server, SIGKILL when the grace period is
   * over, then the agent.
   *
   * @param options.hurried aborted when nobody wants the hook
   * @returns how the hand-over ended, for the log and the status; empty when there was none
   */
  async terminate(gracePeriodMs: number, options: { readonly hurried: AbortSignal }): Promise<string> {
    const { store, log } = this.#options;
    this.#ending.abort("the pod is being stopped");
    this.#server?.cease();
    store.update({ phase: "terminating", ready: false, reason: "waits for the agent's hand-over (preStop)" });
    const endsAt = performance.now() + gracePeriodMs;
    const note = await this.#preStop(gracePeriodMs, options.hurried);
    if (note !== "") log(note);
    store.update({ reason: "waits for the server to end (SIGTERM)" });
    await this.#server?.stop(Math.max(LAST_GRACE_MS, endsAt - performance.now()));
    store.update({ server: null, reason: "waits for the agent to end" });
    await this.#agent?.stop(AGENT_GRACE_MS);
    store.update({ agent: null });
    return note;
  }

  async #preStop(gracePeriodMs: number, hurried: AbortSignal): Promise<string> {
    const server = this.#server;
    if (server?.process() === undefined || hurried.aborted) return "";
    const gone = new AbortController();
    void server.ended.then(() => gone.abort("the server has ended"));
    const over = new AbortController();
    const timer = setTimeout(() => over.abort("the grace period is over"), gracePeriodMs);
    const signal = AbortSignal.any([hurried, gone.signal, over.signal]);
    const result = await askHandOver(this.#options.address, AGENT_CONTROL_PORT, signal);
    clearTimeout(timer);
    return result.outcome === "ok" ? `hand-over: ${result.text}` : `hand-over failed: ${result.text}`;
  }

  async #keepAgent(adopted: RunningProcess | undefined): Promise<void> {
    const { address, paths, agentProgram, store } = this.#options;
    const argv = [process.execPath, ...AGENT_NODE_FLAGS, agentProgram, "--config", paths.agentConfig];
    if (this.#server === undefined) {
      store.update({
        reason: `waits for the agent to open the start gate (http://${address}:${AGENT_HTTP_PORT}/started)`,
      });
    }
    await new Promise<void>((resolve) => {
      this.#ending.signal.addEventListener("abort", () => resolve(), { once: true });
      const watch = this.#watch({
        startup: httpProbe(address, AGENT_HTTP_PORT, "/started"),
        startupEveryMs: AGENT_STARTUP_EVERY_MS,
        live: httpProbe(address, AGENT_HTTP_PORT, "/live"),
        onStarted: resolve,
        restart: () => this.#agent?.restart(AGENT_GRACE_MS),
        name: "agent",
      });
      this.#agent = keepContainer({
        launch: () => startProcess(argv, { cwd: paths.dir, logFile: paths.agentLog }),
        adopted,
        onStart: (started) => {
          store.update({ agent: started.identity });
          watch(started);
        },
        onExit: (exit) => this.#agentEnded(exit),
      });
    });
  }

  #keepServer(adopted?: RunningProcess): void {
    const { address, template, paths, store } = this.#options;
    const argv = [...template.server, paths.gate];
    const watch = this.#watch({
      startup: pingProbe(address, SERVER_PORT),
      startupEveryMs: SERVER_STARTUP_EVERY_MS,
      live: pingProbe(address, SERVER_PORT),
      onStarted: () => this.#serverAnswers(),
      restart: () => this.#server?.restart(RESTART_GRACE_MS),
      name: "server",
    });
    this.#server = keepContainer({
      launch: () => startProcess(argv, { cwd: paths.volume, logFile: paths.serverLog }),
      adopted,
      onStart: (started) => {
        store.update({ server: started.identity });
        watch(started);
      },
      onExit: (exit) => this.#serverEnded(exit),
    });
  }

  #watch(watched: {
    readonly startup: (signal: AbortSignal) => Promise<boolean>;
    readonly startupEveryMs: number;
    readonly live: (signal: AbortSignal) => Promise<boolean>;
    readonly onStarted: () => void;
    readonly restart: () => Promise<void> | undefined;
    readonly name: string;
  }): (process: RunningProcess) => void {
    return (process) => {
      const gone = new AbortController();
      void process.exited.then(() => gone.abort());
      void probeProcess({
        ...watched,
        liveEveryMs: LIVE_EVERY_MS,
        failureThreshold: FAILURE_THRESHOLD,
        onDead: () => {
          this.#options.log(`${watched.name}: no answer to ${FAILURE_THRESHOLD} liveness probes: restarted`);
          void watched.restart();
        },
        signal: gone.signal,
      });
    };
  }

  #serverAnswers(): void {
    this.#serverStarted = true;
    if (this.#ending.signal.aborted) return;
    this.#options.store.update({ phase: "running", reason: "" });
  }

  #serverEnded(exit: ContainerExit): void {
    const { store, log, paths } = this.#options;
    const quick = exit.ranMs < QUICK_EXIT_MS || !this.#serverStarted;
    this.#serverStarted = false;
    this.#quickExits = quick ? this.#quickExits + 1 : 0;
    const crashed = this.#quickExits >= CRASHES_UNTIL_CRASHED;
    const again = `started again in ${exit.restartsInMs / 1000} s`;
    const said = quick ? readTail(paths.serverLog, 4).join("\n") : "";
    const words = said === "" ? "" : `. It said:\n${said}`;
    log(`server: ${exit.why}; ${again}`);
    store.update({
      server: null,
      ready: false,
      phase: crashed ? "crashed" : "starting",
      containerRestarts: store.get().containerRestarts + 1,
      lastExit: `the server ${exit.why}${words}`,
      reason: `the server ${exit.why}; ${again}${words}`,
    });
  }

  #agentEnded(exit: ContainerExit): void {
    const { store, log, paths } = this.#options;
    log(`agent: ${exit.why}; started again in ${exit.restartsInMs / 1000} s`);
    const said = readTail(paths.agentLog, 2).join("\n");
    const held = this.#server === undefined || !this.#serverStarted;
    store.update({
      agent: null,
      agentRestarts: store.get().agentRestarts + 1,
      ...(held && !this.#ending.signal.aborted ? { reason: `the agent ${exit.why}. It said:\n${said}` } : {}),
    });
  }

  async #probeReadiness(): Promise<void> {
    const { address, store } = this.#options;
    const signal = this.#ending.signal;
    let failures = 0;
    while (!signal.aborted) {
      const { code, missing } = this.#serverStarted ? await askReady(address, signal) : { code: 503, missing: "" };
      if (signal.aborted) return;
      failures = code === 0 ? failures + 1 : 0;
      // While it starts, or after it has ended, its reason says something else.
      const runs = this.#serverStarted && store.get().phase === "running";
      if (code === 200) store.update({ ready: this.#serverStarted, ...(runs ? { reason: "" } : {}) });
      else if (code !== 0 || failures >= READY_FAILURES) {
        const reason = missing === "" ? "its agent does not call it ready" : `not ready: ${missing}`;
        store.update({ ready: false, ...(runs ? { reason: code === 0 ? "its agent does not answer" : reason } : {}) });
      }
      await pause(READY_EVERY_MS, signal);
    }
  }

  // While a server is not up, its agent knows why: it holds the start gate, or a full sync is under way.
  async #sayWhatIsWaitedFor(): Promise<void> {
    const { address, store } = this.#options;
    const signal = this.#ending.signal;
    while (!signal.aborted) {
      await pause(SAY_WAIT_EVERY_MS, signal);
      if (this.#serverStarted || this.#server?.process() === undefined || signal.aborted) continue;
      const said = await describeAgent(address, signal);
      if (this.#serverStarted || signal.aborted || said === "") continue;
      if (store.get().phase === "starting") store.update({ reason: `waits for the server to answer; agent: ${said}` });
    }
  }
}
