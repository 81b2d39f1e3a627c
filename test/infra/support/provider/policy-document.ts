interface Statement {
  readonly sid?: string | null;
  readonly effect?: string | null;
  readonly actions?: readonly string[] | null;
  readonly not_actions?: readonly string[] | null;
  readonly resources?: readonly string[] | null;
  readonly not_resources?: readonly string[] | null;
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  readonly condition?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
}

/** IAM writes one value bare and several as a list. */
const bare = (values: readonly string[] | null | undefined): unknown =>
  values === null || values === undefined || values.length === 0 ? undefined : values.length === 1 ? values[0] : values;

function render(statement: Statement): Record<string, unknown> {
  const conditions: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of statement.condition ?? [])
    (conditions[test] ??= {})[variable] = bare(values);
  const principals = (statement.principals ?? []).map(({ type, identifiers }) => [type, bare(identifiers)] as const);
  const everyone = principals.length === 1 && principals[0]?.[0] === "*";
  return {
    Sid: statement.sid === "" ? undefined : (statement.sid ?? undefined),
    Effect: statement.effect ?? "Allow",
    Principal: principals.length === 0 ? undefined : everyone ? "*" : Object.fromEntries(principals),
    Action: bare(statement.actions),
    NotAction: bare(statement.not_actions),
    Resource: bare(statement.resources),
    NotResource: bare(statement.not_resources),
    Condition: Object.keys(conditions).length === 0 ? undefined : conditions,
  };
}

/** The JSON that the real `aws_iam_policy_document` makes of its arguments. */
export function policyDocument(config: Readonly<Record<string, unknown>>): string {
  const sources = (config["source_policy_documents"] ?? []) as readonly string[];
  const merged = sources.flatMap((text) => (JSON.parse(text) as { Statement: unknown[] }).Statement);
  const own = ((config["statement"] ?? []) as readonly Statement[]).map(render);
  return JSON.stringify({ Version: "2012-10-17", Statement: [...merged, ...own] });
}
