import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

/** Values by context: `github`, `inputs`, `steps` … */
export type Contexts = Readonly<Record<string, unknown>>;

/** How the job stands, for `success()`, `failure()` and `always()`. */
export type JobStatus = "success" | "failure";

const toBoolean = (value: boolean): data.ExpressionData => new data.BooleanData(value);

function statusFunctions(
  status: JobStatus,
): ReadonlyMap<string, { name: string; minArgs: 0; maxArgs: 0; call: () => data.ExpressionData }> {
  const answers = { success: status === "success", failure: status === "failure", always: true, cancelled: false };
  return new Map(
    Object.entries(answers).map(([name, answer]) => [
      name,
      { name, minArgs: 0, maxArgs: 0, call: () => toBoolean(answer) },
    ]),
  );
}

/** Evaluates one expression with GitHub's own evaluator. */
function evaluate(expression: string, contexts: Contexts, status: JobStatus): data.ExpressionData {
  const functions = statusFunctions(status);
  const { tokens } = new Lexer(expression).lex();
  const tree = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse();
  const values = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(tree, values, new Map(functions)).evaluate();
}

/** A text with each `${{ }}` in it replaced by its value. */
export function fillIn(text: string, contexts: Contexts, status: JobStatus): string {
  return text.replaceAll(/\$\{\{([\s\S]*?)\}\}/g, (_, expression: string) =>
    evaluate(expression, contexts, status).coerceString(),
  );
}

/** Whether an `if:` holds; without a status function in it, the job must have gone well so far. */
export function holds(condition: string | undefined, contexts: Contexts, status: JobStatus): boolean {
  const bare = (condition ?? "success()").replace(/^\s*\$\{\{([\s\S]*)\}\}\s*$/, "$1");
  const asks = /\b(?:success|failure|always|cancelled)\s*\(/.test(bare);
  const value = evaluate(asks ? bare : `success() && (${bare})`, contexts, status).coerceString();
  return value !== "false" && value !== "" && value !== "0";
}
