/** How a generated class serialises one argument. */
export interface Serialised {
  readonly expression: string;
  readonly isBlock: boolean;
  readonly shape: string;
  readonly storage: string;
}

/** What the comment above a generated getter says of an argument or attribute, and the code under it. */
export interface Declared {
  readonly computed: boolean;
  readonly optional: boolean;
  readonly required: boolean;
  readonly code: string;
}

export interface BindingClass {
  readonly name: string;
  readonly base: string;
  readonly declared: ReadonlyMap<string, Declared>;
  readonly serialised: ReadonlyMap<string, Serialised>;
  readonly terraformType: string | undefined;
}

/** A module of generated provider bindings, taken apart. */
export interface Binding {
  readonly classes: ReadonlyMap<string, BindingClass>;
  /** By the name of the function, which is the struct's name with a small first letter. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<string, Serialised>>;
}

const SERIALISED =
  /^ +"?([a-z0-9_]+)"?: \{\n +value: (.+),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)"/gm;
const DECLARED = /^ {4}\/\/ (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n/gm;

function parseSerialised(code: string): ReadonlyMap<string, Serialised> {
  const found = new Map<string, Serialised>();
  for (const [, name = "", expression = "", isBlock, shape = "", storage = ""] of code.matchAll(SERIALISED)) {
    found.set(name, { expression, isBlock: isBlock === "true", shape, storage });
  }
  return found;
}

function parseDeclared(code: string): ReadonlyMap<string, Declared> {
  const marks = [...code.matchAll(DECLARED)];
  return new Map(
    marks.map((mark, index) => {
      const [line, name = "", computed, optional, required] = mark;
      const body = code.slice(mark.index + line.length, marks[index + 1]?.index);
      return [
        name,
        { computed: computed === "true", optional: optional === "true", required: required === "true", code: body },
      ];
    }),
  );
}

/**
 * Takes the JavaScript of one module of generated bindings apart. Its generator writes each argument's terraform name,
 * shape and whether it is required: all that a schema needs.
 */
export function parseBinding(source: string): Binding {
  const map = source.indexOf("//# sourceMappingURL");
  const code = map === -1 ? source : source.slice(0, map);
  const structs = new Map<string, ReadonlyMap<string, Serialised>>();
  for (const [, name = "", body = ""] of code.matchAll(/^function (\w+)ToHclTerraform\(struct\) \{\n([\s\S]*?)^\}/gm)) {
    structs.set(name, parseSerialised(body));
  }
  const classes = new Map<string, BindingClass>();
  for (const [, name = "", base = "", body = ""] of code.matchAll(
    /^class (\w+) extends \w+\.(\w+) \{\n([\s\S]*?)^\}/gm,
  )) {
    const [head = "", tail = ""] = body.split("synthesizeHclAttributes() {");
    classes.set(name, {
      name,
      base,
      declared: parseDeclared(head.split("synthesizeAttributes() {")[0] ?? ""),
      serialised: parseSerialised(tail),
      // Inside the class, or, in older output, assigned after it.
      terraformType: (/static tfResourceType = "(\w+)"/.exec(body) ??
        new RegExp(`^${name}\\.tfResourceType = "(\\w+)"`, "m").exec(code))?.[1],
    });
  }
  return { classes, structs };
}
