import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { EvenkeelError } from "../../../errors/evenkeel-error.js";
import type { StoredChart } from "./release-record.js";

function unusable(why: string): EvenkeelError {
  return new EvenkeelError(`the release's chart cannot be made again from Helm's record: ${why}`, {
    code: "CHART_UNUSABLE",
    owner: "environment",
    hint: "name the chart with --chart PATH",
  });
}

/** A record is data: a name in it must not lead out of the folder. */
function placeIn(folder: string, name: string): string {
  const path = normalize(join(folder, name));
  if (!path.startsWith(`${normalize(folder)}${sep}`)) throw unusable(`it holds a file called ${name}`);
  return path;
}

/**
 * Writes the chart that a release was made of into an empty folder. JSON is YAML, so nothing has to be translated.
 * @throws EvenkeelError `CHART_UNUSABLE` for a chart with sub-charts, which Helm does not keep
 */
export function writeChart(folder: string, chart: StoredChart): void {
  if ((chart.metadata.dependencies ?? []).length > 0) throw unusable("it has sub-charts, which Helm does not keep");
  const write = (name: string, data: string | Buffer): void => {
    const path = placeIn(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  };
  for (const { name, data } of [...(chart.files ?? []), ...(chart.templates ?? [])])
    write(name, Buffer.from(data, "base64"));
  write("Chart.yaml", JSON.stringify(chart.metadata));
  write("values.yaml", JSON.stringify(chart.values ?? {}));
  if (chart.schema) write("values.schema.json", Buffer.from(chart.schema, "base64"));
}
