// Reads as much of HCL as documents and rules about it need: blocks, their labels, and the text of attributes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const OPEN = new Set(["{", "[", "("]);
const CLOSE = new Set(["}", "]", ")"]);

/** The text with comments and the inside of strings blanked, of the same length: brackets can then be counted. */
export function blankText(text) {
  const blank = (part) => part.replace(/[^\n]/g, " ");
  let out = "";
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const comment = /^(#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest);
    const heredoc = /^<<-?(\w+)\n[\s\S]*?\n\s*\1(?=\n|$)/.exec(rest);
    const found = comment ?? heredoc;
    if (found !== null) {
      out += blank(found[0]);
      at += found[0].length;
    } else if (text[at] === '"') {
      const end = stringEnd(text, at);
      out += `"${blank(text.slice(at + 1, end))}"`;
      at = end + 1;
    } else {
      out += text[at];
      at += 1;
    }
  }
  return out;
}

/** Index of the quote that ends the string: quotes inside `${…}` belong to the template. */
function stringEnd(text, start) {
  let depth = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text.startsWith("${", at)) {
      depth += 1;
      at += 1;
    } else if (depth > 0 && text[at] === '"') at = stringEnd(text, at);
    else if (depth > 0 && text[at] === "{") depth += 1;
    else if (depth > 0 && text[at] === "}") depth -= 1;
    else if (text[at] === '"') return at;
  }
  throw new Error(`a string that begins at ${start} has no end`);
}

/** Index after the bracket that closes the one at `start`. */
function closing(blanked, start) {
  let depth = 0;
  for (let at = start; at < blanked.length; at += 1) {
    if (OPEN.has(blanked[at])) depth += 1;
    else if (CLOSE.has(blanked[at])) depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error(`a bracket that opens at ${start} is never closed`);
}

/** The blocks of a text at its outermost level: `{ type, labels, body }`. */
export function blocks(text) {
  const blanked = blankText(text);
  const found = [];
  const head = /^[ \t]*(\w+)((?:[ \t]+"[^"\n]*")*)[ \t]*\{/gm;
  for (let match = head.exec(blanked); match !== null; match = head.exec(blanked)) {
    const open = match.index + match[0].length - 1;
    const end = closing(blanked, open);
    const line = text.slice(match.index, open);
    found.push({
      type: match[1],
      labels: [...line.matchAll(/"([^"]*)"/g)].map(([, label]) => label),
      body: text.slice(open + 1, end - 1),
    });
    head.lastIndex = end;
  }
  return found;
}

/** The text of an attribute's expression in a block's body, or undefined. */
export function attribute(body, name) {
  const blanked = blankText(body);
  const head = new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*`, "gm");
  for (let match = head.exec(blanked); match !== null; match = head.exec(blanked)) {
    if (depthAt(blanked, match.index) > 0) continue;
    let at = match.index + match[0].length;
    const start = at;
    while (at < blanked.length && blanked[at] !== "\n") at = OPEN.has(blanked[at]) ? closing(blanked, at) : at + 1;
    return body.slice(start, at).trim();
  }
  return undefined;
}

function depthAt(blanked, end) {
  let depth = 0;
  for (let at = 0; at < end; at += 1) depth += OPEN.has(blanked[at]) ? 1 : CLOSE.has(blanked[at]) ? -1 : 0;
  return depth;
}

/** Every block of a folder's `.tf` files with the file that it stands in. */
export function folderBlocks(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".tf"))
    .toSorted()
    .flatMap((file) => blocks(readFileSync(join(folder, file), "utf8")).map((block) => ({ ...block, file })));
}
