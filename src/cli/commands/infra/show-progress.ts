import type { Recorder, Span } from "../../../events/recorder.js";
import type { UiMessage } from "../../../infra/terraform/ui-message.js";

/** Turns what Terraform tells while it works into events: one step a resource. */
export function showProgress(recorder: Recorder): (message: UiMessage) => void {
  const spans = new Map<string, Span>();
  const finish = (address: string, step: string, passed: boolean): void => {
    const outcome = passed ? "passed" : "failed";
    spans.get(address)?.finish("STEP_FINISHED", `${step}: ${passed ? "done" : "failed"}`, { step, outcome });
    spans.delete(address);
  };
  return (message) => {
    if (message.type === "other") return;
    if (message.type === "diagnostic") {
      const { severity, summary, where } = message.diagnostic;
      const text = where === undefined ? summary : `${where}: ${summary}`;
      // Errors end the command and are told then.
      if (severity === "warning") recorder.emit("WARNING", text, { reason: summary });
      return;
    }
    const { type, action, address } = message;
    // Dozens of data sources are read in no time; they change nothing.
    if (action === "read") return;
    const step = `${action} ${address}`;
    if (type === "start") {
      const span = recorder.span(address);
      spans.set(address, span);
      span.emit("STEP_STARTED", step, { step });
    } else if (type === "progress") recorder.emit("NOTICE", `${step}: ${message.seconds} s so far`, { topic: address });
    else finish(address, step, type === "complete");
  };
}

/** Runs a part of a command as a phase. */
export async function inPhase<T>(recorder: Recorder, phase: string, work: () => Promise<T>): Promise<T> {
  const span = recorder.span(phase);
  span.emit("PHASE_STARTED", phase, { phase });
  try {
    const result = await work();
    span.finish("PHASE_FINISHED", `${phase}: done`, { phase, outcome: "passed" });
    return result;
  } catch (error) {
    span.finish("PHASE_FINISHED", `${phase}: failed`, { phase, outcome: "failed" });
    throw error;
  }
}
