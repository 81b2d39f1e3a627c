/** What a starter file is made from. */
export interface StarterAnswers {
  readonly bucket: string;
  readonly region: string;
  readonly environments: readonly ("demo" | "production")[];
  /** Networks that may reach the demo's public endpoint; none: its API is private. */
  readonly cidrs: readonly string[];
  readonly adminArn?: string;
  readonly accountId?: string;
  readonly instanceType: string;
}

const list = (items: readonly string[]): string => `[${items.join(", ")}]`;

function entry(kind: "demo" | "production", answers: StarterAnswers): string {
  const { region, cidrs, adminArn, accountId, instanceType } = answers;
  const isPublic = kind === "demo" && cidrs.length > 0;
  const lines = [
    `  ${kind}:`,
    `    kind: ${kind}`,
    `    region: ${region}`,
    accountId === undefined
      ? '    # accountIds: ["123456789012"]  # refuse to act in any other account'
      : `    accountIds: ["${accountId}"]`,
    "    endpoint:",
    `      public: ${String(isPublic)}`,
    ...(isPublic ? [`      cidrs: ${list(cidrs)}`] : []),
    adminArn === undefined
      ? "    # admins: { you: arn:aws:iam::123456789012:role/admin }  # without one nobody gets into the cluster"
      : `    admins: { admin: ${adminArn} }`,
    "    nodes:",
    `      instanceTypes: ${list([instanceType])}`,
    `    installInCluster: ${String(adminArn !== undefined)}  # the StorageClass and the autoscaler`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A first environment file: few keys, the rest are defaults (docs/infra.md lists all). */
export function starterFile(answers: StarterAnswers): string {
  return [
    "# What evenkeel infra builds. Every key: docs/infra.md. Then: evenkeel infra render\n",
    "version: 1\n",
    "state:\n",
    `  bucket: ${answers.bucket}\n`,
    `  region: ${answers.region}\n`,
    "environments:\n",
    ...answers.environments.map((kind) => entry(kind, answers)),
  ].join("");
}
