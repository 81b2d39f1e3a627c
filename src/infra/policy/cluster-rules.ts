import {
  blocksOf,
  isUnknown,
  plannedOf,
  showValue,
  textsOf,
  type Planned,
  type PolicyInput,
  type Rule,
  type Violation,
} from "./rule.js";
import type { Values } from "../plan/plan-json.js";

const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
const TAGS = ["Environment", "ManagedBy", "Project"];
/** Roots of the state bucket belong to no environment. */
const SHARED_TAGS = TAGS.filter((tag) => tag !== "Environment");
const OLDEST_MINOR = 35;

/** Clusters that a test finds wrong. */
const clusters = (
  input: PolicyInput,
  test: (values: Values, planned: Planned) => string | undefined,
): readonly Violation[] =>
  plannedOf(input, "aws_eks_cluster").flatMap((planned) => {
    const evidence = test(planned.values, planned);
    return evidence === undefined ? [] : [{ resource: planned.address, evidence }];
  });

function checkImds(input: PolicyInput): readonly Violation[] {
  return plannedOf(input, "aws_launch_template").flatMap((planned) => {
    const { address, values } = planned;
    const [options] = blocksOf(values, "metadata_options");
    if (options?.["http_tokens"] !== "required")
      return [{ resource: address, evidence: "http_tokens is not required: IMDSv1 is on" }];
    const hops = options["http_put_response_hop_limit"];
    return hops === 1 ? [] : [{ resource: address, evidence: `http_put_response_hop_limit is ${showValue(hops)}` }];
  });
}

/** Policies that a role can hold, as parsed JSON; what is not known before apply is left out. */
function policiesOf(
  input: PolicyInput,
): readonly { readonly address: string; readonly statements: readonly Values[] }[] {
  const named = [
    ["aws_iam_policy", "policy"],
    ["aws_iam_role_policy", "policy"],
    ["aws_iam_role", "assume_role_policy"],
  ] as const;
  return named.flatMap(([type, attribute]) =>
    plannedOf(input, type).flatMap((planned) => {
      const text = planned.values[attribute];
      if (typeof text !== "string" || isUnknown(planned, attribute)) return [];
      try {
        const { Statement } = JSON.parse(text) as { Statement?: unknown };
        return [{ address: planned.address, statements: blocksOf({ Statement }, "Statement") }];
      } catch {
        return [];
      }
    }),
  );
}

const listOf = (value: unknown): readonly string[] => (typeof value === "string" ? [value] : textsOf(value));

function checkWildcards(input: PolicyInput): readonly Violation[] {
  return policiesOf(input).flatMap(({ address, statements }) =>
    statements
      .filter(
        ({ Effect, Action, Resource }) =>
          Effect !== "Deny" && listOf(Action).includes("*") && listOf(Resource).includes("*"),
      )
      .map(() => ({ resource: address, evidence: "allows every action on everything" })),
  );
}

const GITHUB = "token.actions.githubusercontent.com";

function checkGithubTrust(input: PolicyInput): readonly Violation[] {
  return policiesOf(input).flatMap(({ address, statements }) =>
    statements
      .filter(({ Principal }) => JSON.stringify(Principal ?? "").includes(GITHUB))
      .flatMap(({ Condition }) => {
        const tests = Object.values((Condition ?? {}) as Record<string, Values>);
        const subjects = tests.flatMap((test) => listOf(test[`${GITHUB}:sub`]));
        const open = subjects.filter((subject) => /^(repo:)?\*|^repo:[^/:]+\/\*/u.test(subject));
        if (subjects.length > 0 && open.length === 0) return [];
        const evidence =
          subjects.length === 0 ? "any repository of GitHub may take this role" : `trusts ${open.join(", ")}`;
        return [{ resource: address, evidence }];
      }),
  );
}

function checkTags(input: PolicyInput): readonly Violation[] {
  const wanted = input.environment === undefined ? SHARED_TAGS : TAGS;
  const byDefault = Object.values(input.plan.configuration?.provider_config ?? {}).some(
    ({ expressions }) => expressions?.["default_tags"] !== undefined,
  );
  return plannedOf(input)
    .filter(({ type, values }) => type.startsWith("aws_") && "tags" in values)
    .flatMap((planned) => {
      // The provider adds its default tags here; before apply it may not say which.
      if (isUnknown(planned, "tags_all") && byDefault) return [];
      const own = { ...(planned.values["tags"] as Values | null), ...(planned.values["tags_all"] as Values | null) };
      const missing = wanted.filter((tag) => !Object.hasOwn(own, tag));
      return missing.length === 0 ? [] : [{ resource: planned.address, evidence: `without ${missing.join(", ")}` }];
    });
}

export const CLUSTER_RULES: readonly Rule[] = [
  {
    id: "secrets-encrypted",
    severity: "block",
    title: "Kubernetes secrets are encrypted with a key of your own",
    why: "the key's policy and its log then say who could read them",
    fix: 'give the cluster an encryption_config with resources = ["secrets"]',
    check: (input) =>
      clusters(input, (values, planned) =>
        isUnknown(planned, "encryption_config") ||
        blocksOf(values, "encryption_config").some(({ resources }) => textsOf(resources).includes("secrets"))
          ? undefined
          : "no encryption_config for secrets",
      ),
  },
  {
    id: "control-plane-logs",
    severity: "warn",
    title: "all five logs of the control plane are kept",
    why: "what was never written down cannot be looked up after an incident",
    fix: `enable ${LOG_TYPES.join(", ")}`,
    check: (input) =>
      clusters(input, (values) => {
        const missing = LOG_TYPES.filter((type) => !textsOf(values["enabled_cluster_log_types"]).includes(type));
        return missing.length === 0 ? undefined : `without ${missing.join(", ")}`;
      }),
  },
  {
    id: "access-by-entries",
    severity: "block",
    title: "only access entries let people into the cluster",
    why: "the aws-auth ConfigMap gives rights that AWS neither shows nor logs",
    fix: 'set authentication_mode = "API"',
    check: (input) =>
      clusters(input, (values) => {
        const mode = blocksOf(values, "access_config")[0]?.["authentication_mode"];
        return mode === "API" ? undefined : `authentication_mode is ${showValue(mode)}`;
      }),
  },
  {
    id: "deletion-protected",
    severity: "block",
    title: "production's cluster cannot be deleted by accident",
    why: "AWS then refuses the call itself, whoever makes it",
    fix: "set deletionProtection: true",
    check: (input) =>
      input.environment?.kind === "production"
        ? clusters(input, (values) =>
            values["deletion_protection"] === true ? undefined : "deletion_protection is not true",
          )
        : [],
  },
  {
    id: "version-supported",
    severity: "block",
    title: "the version of Kubernetes is in standard support",
    why: "extended support costs six times as much, and then AWS upgrades by itself",
    fix: `take 1.${OLDEST_MINOR} or newer, and upgrade_policy.support_type = "STANDARD"`,
    check: (input) =>
      clusters(input, (values) => {
        const minor = Number(String(values["version"]).split(".")[1]);
        if (minor < OLDEST_MINOR) return `version is ${showValue(values["version"])}`;
        const support = blocksOf(values, "upgrade_policy")[0]?.["support_type"];
        return support === "STANDARD" ? undefined : `support_type is ${showValue(support)}`;
      }),
  },
  {
    id: "node-imds",
    severity: "block",
    title: "pods cannot take the node's credentials",
    why: "IMDSv1, or a hop limit above 1, hands the node's role to any pod that can make a request",
    fix: 'set metadata_options { http_tokens = "required", http_put_response_hop_limit = 1 }',
    check: checkImds,
  },
  {
    id: "log-retention",
    severity: "warn",
    title: "logs have an end",
    why: "a log group without retention is kept, and paid for, for ever",
    fix: "set retention_in_days",
    check: (input) =>
      plannedOf(input, "aws_cloudwatch_log_group")
        .filter((group) => !isUnknown(group, "retention_in_days"))
        .filter(({ values }) => !(Number(values["retention_in_days"]) > 0))
        .map(({ address }) => ({ resource: address, evidence: "retention_in_days is not set" })),
  },
  {
    id: "iam-everything",
    severity: "block",
    title: "no role may do everything",
    why: "whoever takes it owns the account",
    fix: "name the actions and the resources",
    check: checkWildcards,
  },
  {
    id: "github-trust",
    severity: "block",
    title: "roles for GitHub Actions trust one repository only",
    why: "every workflow on GitHub gets a token from the same issuer; only its subject tells them apart",
    fix: `test ${GITHUB}:sub for repo:OWNER/NAME:...`,
    check: checkGithubTrust,
  },
  {
    id: "tags",
    severity: "warn",
    title: `resources are tagged ${TAGS.join(", ")}`,
    why: "costs and owners are found by tags",
    fix: "set them once, as default_tags of the provider",
    check: checkTags,
  },
];
