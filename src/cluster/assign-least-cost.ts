/**
 * Gives every row a column of its own so that the sum of the costs is the least possible (the Hungarian method, O(n^3)).
 * @param cost square: `cost[row][column]`
 * @returns the column of each row
 */
export function assignLeastCost(cost: readonly (readonly number[])[]): number[] {
  const size = cost.length;
  const rowPotential = new Array<number>(size + 1).fill(0);
  const columnPotential = new Array<number>(size + 1).fill(0);
  // Column -> row, both counted from 1; 0 is "none".
  const rowOf = new Array<number>(size + 1).fill(0);
  const at = (list: readonly number[], index: number): number => list[index] ?? 0;
  for (let row = 1; row <= size; row += 1) {
    const way = new Array<number>(size + 1).fill(0);
    const slack = new Array<number>(size + 1).fill(Infinity);
    const visited = new Array<boolean>(size + 1).fill(false);
    rowOf[0] = row;
    let column = 0;
    while (at(rowOf, column) !== 0) {
      visited[column] = true;
      const present = at(rowOf, column);
      let step = Infinity;
      let next = 0;
      for (let other = 1; other <= size; other += 1) {
        if (visited[other]) continue;
        const reduced = at(cost[present - 1] ?? [], other - 1) - at(rowPotential, present) - at(columnPotential, other);
        if (reduced < at(slack, other)) {
          slack[other] = reduced;
          way[other] = column;
        }
        if (at(slack, other) < step) {
          step = at(slack, other);
          next = other;
        }
      }
      for (let other = 0; other <= size; other += 1) {
        if (visited[other]) {
          rowPotential[at(rowOf, other)] = at(rowPotential, at(rowOf, other)) + step;
          columnPotential[other] = at(columnPotential, other) - step;
        } else {
          slack[other] = at(slack, other) - step;
        }
      }
      column = next;
    }
    while (column !== 0) {
      const before = at(way, column);
      rowOf[column] = at(rowOf, before);
      column = before;
    }
  }
  const columns = new Array<number>(size).fill(0);
  for (let column = 1; column <= size; column += 1) columns[at(rowOf, column) - 1] = column - 1;
  return columns;
}
