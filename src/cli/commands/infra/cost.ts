import { EXIT, type ExitCode } from "../../../errors/evenkeel-error.js";
import { agePrices, compareRegions, type RegionCost } from "../../../infra/cost/compare-regions.js";
import { estimateCost, type CostEstimate } from "../../../infra/cost/estimate.js";
import { SPOT } from "../../../infra/cost/prices.js";
import { countNodes, type Environment } from "../../../infra/environment/resolve-environment.js";
import type { CommandContext } from "../../context.js";
import { renderTable } from "../../table.js";
import { findTarget, openFile, type InfraOptions } from "./open-file.js";

export interface CostOptions extends InfraOptions {
  readonly environment?: string;
}

const NOT_IN_IT = "not in it: traffic, NAT per GB, logs per GB, load balancers, snapshots, support, tax";

const usd = (value: number | undefined): string => (value === undefined ? "unknown" : value.toFixed(2));
const total = ({ totalUsd, complete }: CostEstimate): string => `${complete ? "" : "more than "}${totalUsd.toFixed(2)}`;

function choicesOf(environment: Environment): readonly { readonly what: string; readonly estimate: CostEstimate }[] {
  const { min, max } = countNodes(environment);
  const { capacity } = environment.nodes;
  return [
    { what: "NAT single", estimate: estimateCost(environment, { nat: "single" }) },
    { what: "NAT per zone", estimate: estimateCost(environment, { nat: "per-zone" }) },
    { what: "nodes on demand", estimate: estimateCost(environment, { capacity: "on-demand" }) },
    { what: "nodes on spot, roughly", estimate: estimateCost(environment, { capacity: "spot" }) },
    { what: `${min} nodes (fewest)`, estimate: estimateCost(environment, { nodes: min, capacity }) },
    { what: `${max} nodes (most)`, estimate: estimateCost(environment, { nodes: max, capacity }) },
  ];
}

const describeRegion = ({ region, estimate, instanceUsd, baseCheaperPercent }: RegionCost): readonly string[] => [
  region,
  instanceUsd === undefined ? "unknown" : String(instanceUsd),
  total(estimate),
  baseCheaperPercent === undefined ? "unknown" : `${baseCheaperPercent.toFixed(1)} %`,
];

function renderOne(environment: Environment, regions: readonly RegionCost[]): readonly string[] {
  const estimate = estimateCost(environment);
  const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });
  const [type = ""] = environment.nodes.instanceTypes;
  return [
    `${environment.id} in ${environment.region}, USD a month of 730 hours`,
    ...renderTable(
      [{ title: "what" }, right("count"), right("USD"), { title: "source" }],
      [
        ...estimate.items.map((item) => [item.what, String(item.count), usd(item.usd), item.source ?? ""]),
        ["total", "", total(estimate), ""],
      ],
    ),
    "",
    ...renderTable(
      [{ title: "and if" }, right("USD")],
      choicesOf(environment).map(({ what, estimate: variant }) => [what, total(variant)]),
    ),
    "",
    ...renderTable(
      [{ title: "region" }, right(type), right("USD"), right("us-east-1 cheaper by")],
      regions.map(describeRegion),
    ),
    "",
  ];
}

/** A month of each environment from list prices, what other choices cost, and how old the prices are. */
export function run(context: CommandContext, options: CostOptions): ExitCode {
  const open = openFile(context, options);
  const asked = options.environment === undefined ? undefined : findTarget(open, options.environment).environment;
  const environments = asked === undefined ? open.environments : [asked];
  const all = environments.map((environment) => ({ environment, regions: compareRegions(environment) }));
  const estimates = all.flatMap(({ environment, regions }) => [
    estimateCost(environment),
    ...regions.map(({ estimate }) => estimate),
  ]);
  const age = agePrices(estimates, Date.now());
  const text = [
    ...all.flatMap(({ environment, regions }) => renderOne(environment, regions)),
    NOT_IN_IT,
    `spot: ${Math.round(SPOT.share * 100)} % of on demand, as seen ${SPOT.seen} (${SPOT.what}); it moves every hour`,
    `prices: the oldest was seen ${age.oldest}, ${age.days} days ago; AWS's own pages have the last word`,
    ...age.sources.map(({ id, text: source, seen }) => `  ${id}: ${source}, seen ${seen}`),
    "",
  ].join("\n");
  context.printResult(text, {
    currency: "USD",
    notIncluded: NOT_IN_IT,
    prices: age,
    spot: SPOT,
    environments: all.map(({ environment, regions }) => ({
      estimate: estimateCost(environment),
      choices: choicesOf(environment).map(({ what, estimate }) => ({
        what,
        totalUsd: estimate.totalUsd,
        complete: estimate.complete,
      })),
      regions: regions.map(({ estimate, ...region }) => ({
        ...region,
        totalUsd: estimate.totalUsd,
        complete: estimate.complete,
      })),
    })),
  });
  return EXIT.done;
}
