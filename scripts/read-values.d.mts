/** A value of the chart, with what its comment says. */
export interface ChartValue {
  readonly path: readonly string[];
  readonly description: string;
  readonly value: unknown;
  readonly section: string;
}

export declare function readValues(text: string): readonly ChartValue[];
