import { countNodes, type Environment } from "../environment/resolve-environment.js";
import { GLOBAL_PRICES, HOURS_PER_MONTH, PRICES, SPOT, type Price, type SourceId } from "./prices.js";

/** Services that interface endpoints are made for, each in every zone: what nodes, add-ons and the autoscaler call. */
export const INTERFACE_ENDPOINTS = [
  "autoscaling",
  "ec2",
  "ecr.api",
  "ecr.dkr",
  "eks",
  "eks-auth",
  "elasticloadbalancing",
  "kms",
  "logs",
  "sts",
] as const;

/** Keys that an environment owns: one for the secrets in Kubernetes. */
const KMS_KEYS = 1;

/** One line of the bill. */
export interface CostItem {
  readonly what: string;
  readonly count: number;
  /** USD a month; missing where no price is known. */
  readonly usd?: number;
  readonly source?: SourceId;
}

/** What an environment costs in a month, without traffic and logs. */
export interface CostEstimate {
  readonly environment: string;
  readonly region: string;
  readonly items: readonly CostItem[];
  /** Of all items with a price. */
  readonly totalUsd: number;
  /** False when an item has no price: the total is then too small. */
  readonly complete: boolean;
}

/** What a question of the form "and if" changes. */
export interface CostVariant {
  readonly region?: string;
  readonly nat?: Environment["nat"];
  readonly capacity?: Environment["nodes"]["capacity"];
  /** Nodes in all, instead of those at the start. */
  readonly nodes?: number;
}

const cents = (usd: number): number => Math.round(usd * 100) / 100;

function item(what: string, count: number, monthly: number | undefined, price: Price | undefined): CostItem {
  if (price === undefined || monthly === undefined) return { what, count };
  return { what, count, usd: cents(count * monthly), source: price.source };
}

const hourly = (price: Price | undefined): number | undefined =>
  price === undefined ? undefined : price.usd * HOURS_PER_MONTH;

/**
 * Reckons a month of an environment from list prices. What depends on use (traffic, logs, load balancers, snapshots) is not in
 * it.
 */
export function estimateCost(environment: Environment, variant: CostVariant = {}): CostEstimate {
  const region = variant.region ?? environment.region;
  const prices = PRICES[region];
  const [type = ""] = environment.nodes.instanceTypes;
  const spot = (variant.capacity ?? environment.nodes.capacity) === "spot";
  const nodes = variant.nodes ?? countNodes(environment).desired;
  const zones = environment.zones.length;
  const gateways = (variant.nat ?? environment.nat) === "per-zone" ? zones : 1;
  const instance = prices?.instances[type];
  const instanceMonth = hourly(instance);
  const { shards, replicas, volumeGib } = environment.workload;
  const volumes = shards * (1 + replicas) * volumeGib;
  const gp3 = prices?.gp3;
  const items = [
    item("EKS control plane", 1, hourly(GLOBAL_PRICES.controlPlane), GLOBAL_PRICES.controlPlane),
    item(
      `${type} node${spot ? ", spot" : ""}`,
      nodes,
      instanceMonth === undefined ? undefined : instanceMonth * (spot ? SPOT.share : 1),
      instance,
    ),
    item("node disk, GiB of gp3", nodes * environment.nodes.diskGib, gp3?.usd, gp3),
    item("server volumes, GiB of gp3", volumes, gp3?.usd, gp3),
    item("NAT gateway", gateways, hourly(prices?.nat), prices?.nat),
    item("public IPv4 of the gateways", gateways, hourly(GLOBAL_PRICES.publicIpv4), GLOBAL_PRICES.publicIpv4),
    item("KMS key", KMS_KEYS, GLOBAL_PRICES.kmsKey.usd, GLOBAL_PRICES.kmsKey),
    ...(environment.interfaceEndpoints
      ? [
          item(
            "interface endpoint in a zone",
            INTERFACE_ENDPOINTS.length * zones,
            hourly(prices?.interfaceEndpoint),
            prices?.interfaceEndpoint,
          ),
        ]
      : []),
  ];
  return {
    environment: environment.id,
    region,
    items,
    totalUsd: cents(items.reduce((sum, { usd }) => sum + (usd ?? 0), 0)),
    complete: items.every(({ usd }) => usd !== undefined),
  };
}
