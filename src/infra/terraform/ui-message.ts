/** Something that Terraform complains of. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
  /** e.g. `main.tf:12`. */
  readonly where?: string;
}

/** One line of what `terraform ... -json` prints, as far as it is used here. */
export type UiMessage =
  | { readonly type: "diagnostic"; readonly diagnostic: Diagnostic }
  | { readonly type: "start"; readonly address: string; readonly action: string }
  | { readonly type: "progress"; readonly address: string; readonly action: string; readonly seconds: number }
  | { readonly type: "complete"; readonly address: string; readonly action: string; readonly seconds: number }
  | { readonly type: "failed"; readonly address: string; readonly action: string; readonly seconds: number }
  | { readonly type: "other"; readonly message: string };

interface Hook {
  readonly resource?: { readonly addr?: string };
  readonly action?: string;
  readonly elapsed_seconds?: number;
}

interface RawDiagnostic {
  readonly severity?: string;
  readonly summary?: string;
  readonly detail?: string;
  readonly address?: string;
  readonly range?: { readonly filename?: string; readonly start?: { readonly line?: number } };
}

interface RawMessage {
  readonly "@message"?: string;
  readonly type?: string;
  readonly hook?: Hook;
  readonly diagnostic?: RawDiagnostic;
}

const HOOKS: Readonly<Record<string, "start" | "progress" | "complete" | "failed">> = {
  apply_start: "start",
  apply_progress: "progress",
  apply_complete: "complete",
  apply_errored: "failed",
};

function toDiagnostic({ severity, summary, detail, address, range }: RawDiagnostic): Diagnostic {
  const line = range?.start?.line;
  return {
    severity: severity === "warning" ? "warning" : "error",
    summary: summary ?? "",
    detail: detail ?? "",
    ...(address === undefined ? {} : { address }),
    ...(range?.filename === undefined
      ? {}
      : { where: line === undefined ? range.filename : `${range.filename}:${line}` }),
  };
}

/** Reads one line of Terraform's machine-readable output; a line that is no JSON is told as it is. */
export function parseUiMessage(line: string): UiMessage {
  let raw: RawMessage;
  try {
    raw = JSON.parse(line) as RawMessage;
  } catch {
    return { type: "other", message: line };
  }
  if (raw.diagnostic !== undefined) return { type: "diagnostic", diagnostic: toDiagnostic(raw.diagnostic) };
  const type = HOOKS[raw.type ?? ""];
  if (type === undefined) return { type: "other", message: raw["@message"] ?? "" };
  const { resource, action = "", elapsed_seconds: seconds = 0 } = raw.hook ?? {};
  const address = resource?.addr ?? "";
  return type === "start" ? { type, address, action } : { type, address, action, seconds };
}
