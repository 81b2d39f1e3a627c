import type { Binding, Declared, Serialised } from "./parse-binding.js";
import type { AttributeSchema, BlockSchema, CtyType, NestedBlock } from "./schema.js";

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  boolean: "bool",
  any: "dynamic",
};
const UNDECLARED: Declared = { computed: false, optional: true, required: false, code: "" };

/** `stringMapList` is a list of maps of strings: the last word is the outermost. */
function storageType(storage: string, shape: string): CtyType | undefined {
  const words = /^(string|number|boolean|any)((?:List|Map)*)$/.exec(storage);
  if (words === null) return undefined;
  let type: CtyType = PRIMITIVES[words[1] ?? ""] ?? "string";
  for (const outer of words[2]?.match(/List|Map/g) ?? []) type = [outer === "List" ? "list" : "map", type];
  return shape === "set" && Array.isArray(type) ? ["set", type[1] as CtyType] : type;
}

/** The type that a getter of a computed attribute reads. */
function getterType(code: string): CtyType | undefined {
  const read = /\.get(String|Number|Boolean|Any)?(List|Map)?Attribute\(/.exec(code);
  if (read !== null) {
    const inner = PRIMITIVES[(read[1] ?? "string").toLowerCase()] ?? "string";
    if (read[2] === undefined) return inner;
    if (read[2] === "Map") return ["map", inner];
    return [/Fn\.tolist\(/.test(code) ? "set" : "list", inner];
  }
  const map = /= new \w+\.(String|Number|Boolean|Any)Map(List)?\(/.exec(code);
  if (map === null) return undefined;
  const type: CtyType = ["map", PRIMITIVES[(map[1] ?? "").toLowerCase()] ?? "string"];
  return map[2] === undefined ? type : ["list", type];
}

/** The object type that a block's values have; what a person may write may leave out what is not required. */
function objectType(block: BlockSchema, written: boolean): CtyType {
  const types: Record<string, CtyType> = {};
  for (const [name, { type }] of Object.entries(block.attributes)) types[name] = type;
  for (const [name, { nesting, block: child }] of Object.entries(block.blocks)) {
    const type = objectType(child, written);
    types[name] = nesting === "single" ? type : [nesting, type];
  }
  const optional = Object.keys(types).filter((name) => block.attributes[name]?.required !== true);
  return written && optional.length > 0 ? ["object", types, optional] : ["object", types];
}

/**
 * Builds the schema of a block from what its class declares and how it is serialised.
 * @param nested how nested structures are written: SDK providers have blocks, framework providers mostly attributes,
 *   and the bindings do not tell them apart
 */
export function buildBlock(
  binding: Binding,
  parts: {
    readonly serialised: ReadonlyMap<string, Serialised> | undefined;
    readonly declared: ReadonlyMap<string, Declared> | undefined;
  },
  nested: "blocks" | "attributes",
): BlockSchema {
  const attributes: Record<string, AttributeSchema> = {};
  const blocks: Record<string, NestedBlock> = {};
  const child = (struct: string): BlockSchema =>
    buildBlock(
      binding,
      {
        serialised: binding.structs.get(`${struct.charAt(0).toLowerCase()}${struct.slice(1)}`),
        declared: binding.classes.get(`${struct.charAt(0).toUpperCase()}${struct.slice(1)}OutputReference`)?.declared,
      },
      nested,
    );
  for (const name of new Set([...(parts.serialised?.keys() ?? []), ...(parts.declared?.keys() ?? [])])) {
    const how = parts.serialised?.get(name);
    const { computed, optional, required, code } = parts.declared?.get(name) ?? UNDECLARED;
    const struct = how === undefined ? undefined : /(?<![\w.])(\w+)ToHclTerraform/.exec(how.expression)?.[1];
    if (how?.isBlock === true && struct !== undefined && nested === "blocks") {
      const nesting = how.shape === "struct" ? "single" : (how.shape as NestedBlock["nesting"]);
      const many = how.expression.includes("apper") || nesting === "single" || nesting === "map";
      blocks[name] = { nesting, block: child(struct), min: required && nesting !== "map" ? 1 : 0, max: many ? 0 : 1 };
      continue;
    }
    const type =
      (how === undefined ? getterType(code) : storageType(how.storage, how.shape)) ?? nestedType(how, code, child);
    attributes[name] = { type: type ?? "string", required, optional, computed };
  }
  return { attributes, blocks };
}

/** The type of an attribute that holds objects: from its serialiser, or for a computed one from the class it is read by. */
function nestedType(
  how: Serialised | undefined,
  code: string,
  child: (struct: string) => BlockSchema,
): CtyType | undefined {
  const struct = how === undefined ? undefined : /(?<![\w.])(\w+)ToHclTerraform/.exec(how.expression)?.[1];
  if (how !== undefined && struct !== undefined) {
    const type = objectType(child(struct), true);
    return how.shape === "list" || how.shape === "set" || how.shape === "map" ? [how.shape, type] : type;
  }
  const made = /= new (\w+?)(List|Map|OutputReference)\(this, "\w+"(?:, (true|false))?\)/.exec(code);
  if (made === null) return undefined;
  const type = objectType(child(made[1] ?? ""), false);
  if (made[2] === "OutputReference") return type;
  return [made[2] === "Map" ? "map" : made[3] === "true" ? "set" : "list", type];
}
