import { parse } from "yaml";

/** @typedef {{ path: string[], description: string, value: unknown, section: string }} ChartValue */

/**
 * Reads a chart's values with what their comments say: `# -- text` describes the key below it, `# @section name` begins a group.
 * @param {string} text of values.yaml
 * @returns {ChartValue[]} in the file's order
 */
export function readValues(text) {
  const values = parse(text);
  const found = [];
  const parents = [];
  let section = "";
  let description;
  for (const line of text.split("\n")) {
    const comment = /^\s*# ?(.*)$/.exec(line)?.[1];
    if (comment !== undefined) {
      if (comment.startsWith("@section ")) section = comment.slice("@section ".length).trim();
      else if (comment.startsWith("-- ")) description = comment.slice(3).trim();
      else if (description !== undefined) description += ` ${comment.trim()}`;
      continue;
    }
    const [, indent, key] = /^( *)([A-Za-z][\w-]*):/.exec(line) ?? [];
    if (key === undefined) continue;
    parents.length = indent.length / 2;
    parents.push(key);
    if (description !== undefined) {
      const path = [...parents];
      const value = path.reduce((at, part) => at?.[part], values);
      found.push({ path, description, value, section });
    }
    description = undefined;
  }
  return found;
}
