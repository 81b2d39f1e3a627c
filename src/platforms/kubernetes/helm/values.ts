/** Values of a release: a tree. */
export type Values = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Lays values over others, as Helm does: trees are merged, everything else is replaced. `undefined` takes a key away. */
export function overlay(below: Values, above: Values): Values {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const present = merged[key];
    if (value === undefined) delete merged[key];
    else merged[key] = isTree(present) && isTree(value) ? overlay(present, value) : value;
  }
  return merged;
}
