const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** The text of an element without children; empty when it is not there. Enough for what S3 answers. */
export function textOf(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`, "u").exec(xml)?.[1] ?? "";
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/gu, (_entity, which: string) => ENTITIES[which] ?? "");
}
