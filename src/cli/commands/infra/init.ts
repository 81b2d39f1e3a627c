import { cpSync, existsSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EvenkeelError, EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { INSTANCE_TYPES } from "../../../infra/capacity/instance-types.js";
import { parseCidr } from "../../../infra/environment/cidr.js";
import { parseEnvironment } from "../../../infra/environment/parse-environment.js";
import { KNOWN_REGIONS } from "../../../infra/environment/regions.js";
import { starterFile, type StarterAnswers } from "../../../infra/environment/starter-file.js";
import type { CommandContext } from "../../context.js";
import { createAsk, type Ask } from "./ask.js";
import type { InfraOptions } from "./open-file.js";

type Kind = StarterAnswers["environments"][number];

export interface InitOptions extends InfraOptions {
  readonly account?: string;
  readonly bucket?: string;
  readonly region?: string;
  readonly environment?: readonly Kind[];
  readonly cidr?: readonly string[];
  readonly admin?: string;
  readonly instanceType?: string;
  /** Take defaults instead of asking. */
  readonly yes: boolean;
  /** Replace a file that is there. */
  readonly force: boolean;
  /** Only put the Terraform roots and modules beside the file. */
  readonly modules: boolean;
}

/** The Terraform roots and modules that this package brings along. */
const MODULES = fileURLToPath(new URL("../../../../infra", import.meta.url));
const NOT_SOURCE = /(?:^|\/)(?:\.terraform(?:\/|$)|.*\.tfstate|.*\.tfvars\.json$|.*\.tfbackend$)/u;

const isAccount = (text: string): boolean => /^\d{12}$/u.test(text);
const splitList = (text: string): readonly string[] => text.split(/[\s,]+/u).filter((part) => part !== "");

function withFlags(options: InitOptions): StarterAnswers {
  const { account, bucket, region = "us-east-1", environment, cidr = [], admin, instanceType = "t3.medium" } = options;
  const name = bucket ?? (account === undefined ? undefined : `evenkeel-state-${account}`);
  if (name === undefined)
    throw new EvenkeelError("without a terminal the state bucket's name has to be given", {
      code: "INIT_NEEDS_ANSWER",
      owner: "user",
      hint: "evenkeel infra init --yes --account 123456789012, or --bucket NAME",
    });
  return {
    bucket: name,
    region,
    environments: environment ?? ["demo", "production"],
    cidrs: cidr,
    instanceType,
    ...(admin === undefined ? {} : { adminArn: admin }),
    ...(account === undefined ? {} : { accountId: account }),
  };
}

async function withQuestions(ask: Ask, options: InitOptions): Promise<StarterAnswers> {
  const account = await ask({
    text: "AWS account id, 12 digits (Terraform will refuse any other; empty: any)",
    fallback: options.account ?? "",
    refuse: (text) => (text === "" || isAccount(text) ? undefined : "12 digits"),
  });
  const bucket = await ask({
    text: "name of the bucket for Terraform's state (unique in all of AWS)",
    fallback: options.bucket ?? `evenkeel-state-${account === "" ? "CHANGE-ME" : account}`,
    refuse: (text) =>
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u.test(text) ? undefined : "small letters, digits, dots and hyphens",
  });
  const region = await ask({
    text: "region",
    fallback: options.region ?? "us-east-1",
    refuse: (text) => (KNOWN_REGIONS.includes(text) ? undefined : `known are ${KNOWN_REGIONS.join(", ")}`),
  });
  const kinds = await ask({
    text: "environments (demo, production)",
    fallback: (options.environment ?? ["demo", "production"]).join(", "),
    refuse: (text) =>
      splitList(text).length > 0 && splitList(text).every((kind) => kind === "demo" || kind === "production")
        ? undefined
        : "demo, production, or both",
  });
  const cidrs = await ask({
    text: "networks that may reach the demo's Kubernetes API, e.g. 203.0.113.7/32 (empty: none from outside)",
    fallback: (options.cidr ?? []).join(", "),
    refuse: (text) =>
      splitList(text)
        .map(parseCidr)
        .find((cidr): cidr is string => typeof cidr === "string"),
  });
  const admin = await ask({
    text: "ARN of the IAM role that administers the clusters (empty: decide later)",
    fallback: options.admin ?? "",
    refuse: (text) =>
      text === "" || /^arn:aws[\w-]*:iam::\d{12}:(role|user)\//u.test(text) ? undefined : "an ARN of a role or user",
  });
  const instanceType = await ask({
    text: "instance type of the nodes",
    fallback: options.instanceType ?? "t3.medium",
    refuse: (text) =>
      INSTANCE_TYPES[text] === undefined ? "its size is not known here; t3.medium, t3.large, m7i.large …" : undefined,
  });
  return {
    bucket,
    region,
    environments: splitList(kinds) as readonly Kind[],
    cidrs: splitList(cidrs),
    instanceType,
    ...(admin === "" ? {} : { adminArn: admin }),
    ...(account === "" ? {} : { accountId: account }),
  };
}

/** Puts the roots and modules into a folder that has none. */
function copyModules(folder: string): boolean {
  const to = join(folder, "infra");
  if (existsSync(join(to, "modules")) || !existsSync(MODULES)) return false;
  cpSync(MODULES, to, { recursive: true, filter: (path) => !NOT_SOURCE.test(path.slice(MODULES.length)) });
  return true;
}

async function findAnswers(context: CommandContext, options: InitOptions): Promise<StarterAnswers> {
  if (options.yes || !process.stdin.isTTY) return withFlags(options);
  const { ask, close } = createAsk(context);
  try {
    return await withQuestions(ask, options);
  } finally {
    close();
  }
}

/** Makes a first environment file, by questions on a terminal or by flags. */
export async function run(context: CommandContext, options: InitOptions): Promise<ExitCode> {
  const path = resolve(context.io.cwd, options.file);
  const folder = dirname(path);
  if (options.modules) {
    const copied = copyModules(folder);
    const what = copied ? "the Terraform roots and modules are in infra/" : "infra/modules is there already";
    context.printResult(`${what}\n`, { modules: copied });
    return EXIT.done;
  }
  if (existsSync(path) && !options.force)
    throw new EvenkeelError(`${options.file} exists already`, {
      code: "INFRA_FILE_EXISTS",
      owner: "user",
      exitCode: EXIT.refused,
      hint: `edit it, or replace it: evenkeel infra init --force`,
      details: { file: path },
    });
  const text = starterFile(await findAnswers(context, options));
  // What the flags held is judged before anything is written.
  const { notices } = parseEnvironment(text, options.file);
  writeFileSync(path, text);
  const modules = copyModules(folder);
  const told = notices.map(({ place, message }) => `  ${place}: ${message}\n`).join("");
  const next = "next: evenkeel infra doctor, evenkeel infra cost, then evenkeel infra bootstrap\n";
  context.printResult(
    `${options.file} written${modules ? "; the Terraform roots and modules are in infra/" : ""}\n${told}${next}`,
    {
      file: path,
      modules,
      notices,
    },
  );
  return EXIT.done;
}
