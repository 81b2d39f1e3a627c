import { parseEngineSpec } from "../../cluster/engines.js";
import type { EngineName } from "../../cluster/types.js";
import { EvenkeelError } from "../../errors/evenkeel-error.js";

/** What belongs to one pod, as its template and the downward API tell it. */
export interface PodEnvironment {
  readonly pod: string;
  readonly ordinal: number;
  readonly podAddress: string;
  readonly host: string;
  /** Empty where neither a label nor the API tells it. */
  readonly zone: string;
  readonly engine: EngineName;
  readonly version: string;
  /** Lines of the server's configuration: part of the pod template, because another engine may refuse them. */
  readonly serverConfig: readonly string[];
}

function missing(name: string): EvenkeelError {
  return new EvenkeelError(`the environment variable ${name} is missing or empty`, {
    code: "AGENT_CONFIG",
    owner: "bug",
    hint: "the chart's StatefulSet sets it: install the chart and the agent of the same version",
  });
}

/**
 * Reads what the chart's pod template sets.
 * @throws EvenkeelError `AGENT_CONFIG`, `ENGINE_UNKNOWN`
 */
export function readPodEnvironment(env: Readonly<Record<string, string | undefined>>): PodEnvironment {
  const need = (name: string): string => {
    const value = env[name] ?? "";
    if (value === "") throw missing(name);
    return value;
  };
  const pod = need("POD_NAME");
  const ordinal = /-(\d+)$/.exec(pod)?.[1];
  if (ordinal === undefined) {
    throw new EvenkeelError(`the pod's name ${pod} does not end in its ordinal`, {
      code: "AGENT_CONFIG",
      owner: "bug",
      hint: "run the agent in pods of a StatefulSet",
    });
  }
  return {
    pod,
    ordinal: Number(ordinal),
    podAddress: need("POD_IP"),
    host: need("NODE_NAME"),
    zone: env["POD_ZONE"] ?? "",
    ...parseEngineSpec(`${need("ENGINE")}@${need("ENGINE_VERSION")}`),
    serverConfig: (env["SERVER_CONFIG"] ?? "").split("\n").filter((line) => line.trim() !== ""),
  };
}
