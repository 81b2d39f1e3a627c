/** What a line is to GitHub: a fold in the log, a note on the run, or a text never to be shown. */
export type GithubCommand =
  | { readonly kind: "group"; readonly message: string }
  | { readonly kind: "endgroup" }
  | { readonly kind: "add-mask"; readonly message: string }
  | { readonly kind: "error" | "warning" | "notice"; readonly title: string; readonly message: string };

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** A workflow command as one line, without its newline. */
export function formatGithubCommand(command: GithubCommand): string {
  if (command.kind === "endgroup") return "::endgroup::";
  const title = "title" in command ? ` title=${escapeProperty(command.title)}` : "";
  return `::${command.kind}${title}::${escapeData(command.message)}`;
}

/**
 * Text that came from elsewhere (a server's name, a reason), made harmless: the runner takes `::command::` at the start of a
 * line for a command, and the older `##[command]` anywhere in it.
 */
export function disarm(text: string): string {
  return text.replaceAll("##[", "## [").replace(/^\s*::/u, (start) => start.replace("::", ": :"));
}
