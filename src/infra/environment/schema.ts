import { z } from "zod";
import { LOG_RETENTION_DAYS } from "./log-retention-days.js";

/*
 * The environment file. Each key says in `describe` what it is for: docs/infra.md and the errors are made from these
 * sentences. Each `error` completes "found X, allowed is ...".
 */

const text = (error: string, pattern: RegExp) => z.string({ error }).regex(pattern, { error });
const whole = (unit: string, min: number, max: number) => {
  const error = `a whole number of ${unit} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const yes = z.boolean({ error: "true or false" });
const object = { error: "a group of keys" };

const region = text("an AWS region such as us-east-1", /^[a-z]{2}(-[a-z]+)+-\d$/u);
const cidr = text("a network such as 10.0.0.0/16", /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/u);
const account = text("an AWS account id in quotes: 12 digits", /^\d{12}$/u);
const arn = (what: string, pattern: RegExp) => text(`the ARN of ${what}`, pattern);
const tags = z.record(z.string(), z.string({ error: "a text" }), { error: "names and values" });

const state = z
  .strictObject(
    {
      bucket: text(
        "3 to 63 small letters, digits, dots and hyphens",
        /^(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u,
      ).describe("Name of the bucket that holds the state: unique in all of AWS, so put the account's id in it."),
      region: region.default("us-east-1").describe("Region of the bucket and the lock table."),
      table: text("3 to 255 letters, digits, dots, hyphens and underscores", /^[\w.-]{3,255}$/u)
        .default("terraform-locks")
        .describe("Name of the DynamoDB table that holds locks."),
      lock: z
        .enum(["both", "dynamodb", "s3"], { error: '"both", "dynamodb" or "s3"' })
        .default("both")
        .describe("Who keeps two runs apart: the table, the bucket's own lock file, or both."),
      kmsKeyArn: arn("a KMS key", /^arn:aws[\w-]*:kms:[^:]+:\d{12}:(key|alias)\/.+$/u)
        .optional()
        .describe("Customer-managed key for the state. Left out: AES-256 with Amazon's own key."),
      oldVersionDays: whole("days", 1, 3650)
        .default(90)
        .describe("Days for which replaced versions of a state are kept; the newest 20 are kept for ever."),
      tags: tags.default({}).describe("Tags on the bucket, the table and the roles, beside ManagedBy and Project."),
      root: text("a folder, relative to this file", /^.+$/u)
        .default("infra/bootstrap")
        .describe("Folder of the Terraform root that makes the bucket and the table."),
      endpoints: z
        .strictObject(
          {
            s3: z.url({ error: "a URL" }).describe("URL of the S3-compatible store."),
            dynamodb: z.url({ error: "a URL" }).optional().describe("URL of the DynamoDB-compatible store."),
          },
          object,
        )
        .optional()
        .describe(
          "A store of your own that speaks S3, instead of AWS. Addresses it by path and skips AWS's own checks.",
        ),
    },
    object,
  )
  .describe("Where Terraform keeps what it knows: one bucket and one lock table for all environments.");

const github = z
  .strictObject(
    {
      repository: text("OWNER/NAME", /^[\w.-]+\/[\w.-]+$/u).describe("Repository whose workflows may plan and apply."),
      applyEnvironment: text("a name", /^.+$/u)
        .default("production")
        .describe("GitHub environment, with reviewers, that a workflow must run in to apply."),
      planRefs: z
        .array(text("a text", /^.+$/u), { error: "a list" })
        .default(["pull_request", "ref:refs/heads/main"])
        .describe("Refs that may plan."),
      createOidcProvider: yes.default(true).describe("false where the account knows GitHub's OIDC provider already."),
    },
    object,
  )
  .describe("Roles for GitHub Actions without stored keys. Left out: none are made.");

const nodes = z
  .strictObject(
    {
      instanceTypes: z
        .array(text("an instance type such as t3.medium", /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/u), { error: "a list" })
        .min(1, { error: "a list with one instance type or more" })
        .default(["t3.medium"])
        .describe("Instance types of the nodes, all of one size and architecture; more than one only helps with spot."),
      capacity: z
        .enum(["on-demand", "spot"], { error: '"on-demand" or "spot"' })
        .default("on-demand")
        .describe("spot is cheaper and is taken back with two minutes' notice."),
      layout: z
        .enum(["shared", "per-zone"], { error: '"shared" or "per-zone"' })
        .optional()
        .describe(
          "One group over all zones, or one in each, so that the autoscaler can add a node where a volume waits.",
        ),
      count: z
        .strictObject(
          {
            min: whole("nodes", 1, 100).default(2).describe("Fewest nodes."),
            desired: whole("nodes", 1, 100).default(2).describe("Nodes at the start; the autoscaler moves it later."),
            max: whole("nodes", 1, 100).default(4).describe("Most nodes."),
          },
          object,
        )
        .prefault({})
        .describe("Nodes of each group. A volume is bound to its zone: a zone's only node cannot be drained at once."),
      diskGib: whole("GiB", 20, 16_384).default(50).describe("Size of each node's own disk: gp3, encrypted."),
    },
    object,
  )
  .prefault({})
  .describe("The machines.");

const workload = z
  .strictObject(
    {
      shards: whole("shards", 3, 100).default(3).describe("Primaries of the chart."),
      replicas: whole("replicas", 0, 5).default(1).describe("Replicas of each."),
      serverMemoryMib: whole("MiB", 64, 1_048_576).default(512).describe("Memory limit of each server container."),
      agentMemoryMib: whole("MiB", 32, 4096).default(128).describe("Memory limit of each agent container."),
      volumeGib: whole("GiB", 1, 16_384).default(8).describe("Size of each server's volume; counts in the costs."),
    },
    object,
  )
  .prefault({})
  .describe("What the nodes have to carry: the limits of the Helm chart. Nodes too small for it are refused.");

const environment = z.strictObject(
  {
    kind: z
      .enum(["demo", "production"], { error: '"demo" or "production"' })
      .describe("Which defaults: demo is cheap, production keeps serving when a zone ends."),
    root: text("a folder, relative to this file", /^.+$/u)
      .optional()
      .describe("Folder of the Terraform root. Left out: infra/environments/ and the kind."),
    name: text("3 to 24 small letters, digits and hyphens, a letter first", /^[a-z][a-z0-9-]{1,22}[a-z0-9]$/u)
      .optional()
      .describe("Prefix of every name in AWS. Left out: evenkeel- and the environment's name."),
    region: region.default("us-east-1").describe("Region of everything in this environment."),
    accountIds: z
      .array(account, { error: "a list" })
      .default([])
      .describe("AWS accounts in which Terraform may act. Left out: any, so a wrong profile is not noticed."),
    tags: tags.default({}).describe("Tags on every resource, beside Environment, ManagedBy and Project."),
    vpcCidr: cidr
      .optional()
      .describe("Addresses of the VPC, /16 to /20. A quarter for each zone, one for the public subnets."),
    serviceCidr: cidr
      .default("172.20.0.0/16")
      .describe("Addresses of Kubernetes Services, /12 to /24. Cannot be changed once the cluster exists."),
    reservedCidrs: z
      .array(cidr, { error: "a list" })
      .default([])
      .describe("Networks that this one will be connected to (peering, VPN) and must not overlap."),
    zones: z
      .array(text("a zone such as us-east-1a", /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/u), { error: "a list" })
      .min(2, { error: "two or three zones" })
      .max(3, { error: "two or three zones" })
      .optional()
      .describe("Two or three zones of the region. The order decides the addresses: append, never reorder."),
    nat: z
      .enum(["single", "per-zone"], { error: '"single" or "per-zone"' })
      .optional()
      .describe("One NAT gateway for all zones, or one in each: a zone's end then takes nobody else's way out."),
    interfaceEndpoints: yes
      .optional()
      .describe(
        "Whether AWS's own services are reached inside the VPC; ten endpoints in each zone. S3's is free and always there.",
      ),
    logRetentionDays: z
      .literal(LOG_RETENTION_DAYS, { error: `one of ${LOG_RETENTION_DAYS.join(", ")}` })
      .optional()
      .describe("Days that CloudWatch keeps flow logs and control-plane logs."),
    kubernetesVersion: z
      .enum(["1.35", "1.36"], { error: '"1.35" or "1.36", in quotes' })
      .default("1.36")
      .describe("Minor version of Kubernetes, in standard support."),
    endpoint: z
      .strictObject(
        {
          public: yes.optional().describe("Whether the Kubernetes API answers outside the VPC too."),
          cidrs: z
            .array(cidr, { error: "a list" })
            .default([])
            .describe("Who may reach the public endpoint; never everybody."),
        },
        object,
      )
      .prefault({})
      .describe("The Kubernetes API. It always answers inside the VPC."),
    admins: z
      .record(z.string(), arn("an IAM role or user", /^arn:aws[\w-]*:iam::\d{12}:(role|user)\/.+$/u), {
        error: "names and ARNs",
      })
      .default({})
      .describe("IAM roles or users who administer the cluster. Whoever creates it gets no rights by that."),
    nodes,
    workload,
    deletionProtection: yes.optional().describe("Whether AWS refuses to delete the cluster until this is turned off."),
    installInCluster: yes
      .default(true)
      .describe("Whether Terraform installs the StorageClass and the autoscaler; needs a way to the Kubernetes API."),
  },
  object,
);

const waiver = z.strictObject(
  {
    rule: text("the id of a rule, see evenkeel infra policy --rules", /^[a-z0-9-]+$/u).describe("Id of the rule."),
    environment: z.string({ error: "a name" }).optional().describe("Environment that it is for. Left out: all."),
    resource: z
      .string({ error: "an address" })
      .optional()
      .describe("Address in the plan that it is for; * stands for any text. Left out: every one."),
    reason: text("a sentence of 10 characters or more", /^.{10,}$/u).describe("Why this is right here."),
    until: text("a date such as 2027-01-31", /^\d{4}-\d{2}-\d{2}$/u).describe("Last day on which it counts."),
  },
  object,
);

/** The schema of `evenkeel.infra.yaml`; nothing else may be in it. */
export const infraFileSchema = z.strictObject(
  {
    version: z.literal(1, { error: "1" }).describe("Version of this file's shape."),
    state,
    github: github.optional(),
    environments: z
      .record(text("small letters, digits and hyphens", /^[a-z][a-z0-9-]{0,22}$/u), environment, {
        error: "names of environments, each with its keys",
      })
      .refine((all) => Object.keys(all).length > 0, { error: "one environment or more" })
      .describe("What there is to build, by name."),
    waivers: z
      .array(waiver, { error: "a list" })
      .default([])
      .describe("Findings of the policy that are accepted, with a reason and a date."),
  },
  object,
);

/** An environment file as it is written, defaults of the schema filled in. */
export type InfraFile = z.output<typeof infraFileSchema>;
/** One environment as it is written. */
export type EnvironmentEntry = InfraFile["environments"][string];
/** A finding of the policy that is accepted. */
export type Waiver = InfraFile["waivers"][number];
