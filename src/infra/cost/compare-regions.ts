import type { Environment } from "../environment/resolve-environment.js";
import { estimateCost, type CostEstimate } from "./estimate.js";
import { PRICE_SOURCES, PRICES, type SourceId } from "./prices.js";

/** One region in the comparison. */
export interface RegionCost {
  readonly region: string;
  readonly estimate: CostEstimate;
  /** How much less the base region costs, in percent of this one; missing where a price is missing. */
  readonly baseCheaperPercent?: number;
  /** USD an hour of the first instance type; missing where it is unknown. */
  readonly instanceUsd?: number;
}

/** Compares an environment's month in every region whose prices are known with that in `base`. */
export function compareRegions(environment: Environment, base = "us-east-1"): readonly RegionCost[] {
  const own = estimateCost(environment, { region: base });
  const [type = ""] = environment.nodes.instanceTypes;
  return Object.entries(PRICES).map(([region, prices]) => {
    const estimate = estimateCost(environment, { region });
    const instance = prices.instances[type];
    return {
      region,
      estimate,
      ...(estimate.complete && own.complete
        ? { baseCheaperPercent: Math.round((1 - own.totalUsd / estimate.totalUsd) * 1000) / 10 }
        : {}),
      ...(instance === undefined ? {} : { instanceUsd: instance.usd }),
    };
  });
}

/** How old the prices of some estimates are. */
export interface PriceAge {
  /** Day of the oldest price. */
  readonly oldest: string;
  /** Days from then until now. */
  readonly days: number;
  readonly sources: readonly { readonly id: string; readonly text: string; readonly seen: string }[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Where the prices of some estimates come from, and how old the oldest of them is.
 * @param nowMs milliseconds since 1970
 */
export function agePrices(estimates: readonly CostEstimate[], nowMs: number): PriceAge {
  const ids = new Set(estimates.flatMap(({ items }) => items.flatMap(({ source }) => source ?? [])));
  const sources = (Object.keys(PRICE_SOURCES) as SourceId[]).filter((id) => ids.has(id)).map((id) => PRICE_SOURCES[id]);
  const oldest = sources.map(({ seen }) => seen).toSorted()[0] ?? "";
  return { oldest, days: Math.max(0, Math.floor((nowMs - Date.parse(oldest)) / DAY_MS)), sources };
}
