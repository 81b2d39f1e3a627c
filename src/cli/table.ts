export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
}

/**
 * A small text table: columns two spaces apart, no borders.
 * @returns lines, the titles first
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, i) => Math.max(column.title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const renderRow = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const width = widths[i] ?? 0;
        return align === "right" ? (cells[i] ?? "").padStart(width) : (cells[i] ?? "").padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [renderRow(columns.map(({ title }) => title)), ...rows.map(renderRow)];
}
