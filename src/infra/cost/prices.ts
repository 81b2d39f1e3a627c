/*
 * List prices in USD, on demand, before tax. AWS moves them without much notice: every price says where and when it was
 * seen, and every table made of them says how old they are. A price that nobody could show us is missing, never guessed.
 */

/** Where prices were seen. */
export interface PriceSource {
  readonly id: string;
  readonly text: string;
  /** Day on which they were the list's. */
  readonly seen: string;
}

export const PRICE_SOURCES = {
  list: {
    id: "list",
    text: "AWS price list, offers AmazonEC2 20260925174521 and AmazonVPC 20260917190528",
    seen: "2026-09-25",
  },
  oregon: { id: "oregon", text: "AWS price lists for us-west-2, as read by a third party", seen: "2026-10-04" },
  singapore: {
    id: "singapore",
    text: "AWS Pricing API for ap-southeast-1, as published by a third party",
    seen: "2026-08-12",
  },
  tables: { id: "tables", text: "static tables in public code of 2026; most agree", seen: "2026-06-30" },
  natTable: {
    id: "natTable",
    text: "two tables of NAT prices in public code that agree; undated, counted as a year old",
    seen: "2025-11-23",
  },
  bill: {
    id: "bill",
    text: "a published AWS bill, its discount removed; undated, counted as a year old",
    seen: "2025-11-23",
  },
  pages: { id: "pages", text: "AWS service pages as quoted in public notes", seen: "2026-10-06" },
} as const satisfies Readonly<Record<string, PriceSource>>;
export type SourceId = keyof typeof PRICE_SOURCES;

/** A price and where it was seen. */
export interface Price {
  readonly usd: number;
  readonly source: SourceId;
}

/** What one region costs. */
export interface RegionPrices {
  /** By instance type, an hour. */
  readonly instances: Readonly<Record<string, Price>>;
  /** An hour, and the same again for each GB. */
  readonly nat?: Price;
  /** A GB-month. */
  readonly gp3?: Price;
  /** Each endpoint in each zone, an hour. */
  readonly interfaceEndpoint?: Price;
}

const at = (source: SourceId, usd: number): Price => ({ usd, source });

/** The T3 family doubles its price with its size; a price of one size is a price of all. */
const t3 = (source: SourceId, medium: number): RegionPrices["instances"] => ({
  "t3.small": at(source, medium / 2),
  "t3.medium": at(source, medium),
  "t3.large": at(source, medium * 2),
  "t3.xlarge": at(source, medium * 4),
});

export const PRICES: Readonly<Record<string, RegionPrices>> = {
  "us-east-1": {
    instances: {
      ...t3("list", 0.0416),
      "m7i.large": at("list", 0.1008),
      "m7g.large": at("list", 0.0816),
      "m7i.xlarge": at("list", 0.2016),
    },
    nat: at("list", 0.045),
    gp3: at("list", 0.08),
    interfaceEndpoint: at("pages", 0.01),
  },
  "us-west-2": {
    instances: t3("oregon", 0.0416),
    nat: at("oregon", 0.045),
    gp3: at("oregon", 0.08),
    interfaceEndpoint: at("pages", 0.01),
  },
  "eu-central-1": {
    instances: { ...t3("tables", 0.048), "m7i.xlarge": at("list", 0.2415) },
    nat: at("tables", 0.052),
    gp3: at("tables", 0.0952),
    interfaceEndpoint: at("pages", 0.012),
  },
  "eu-west-1": {
    instances: { ...t3("tables", 0.0456), "m7i.xlarge": at("list", 0.2247) },
    nat: at("list", 0.048),
    gp3: at("tables", 0.088),
    interfaceEndpoint: at("bill", 0.011),
  },
  "ap-southeast-1": {
    instances: t3("singapore", 0.0528),
    nat: at("singapore", 0.059),
    gp3: at("singapore", 0.096),
    interfaceEndpoint: at("singapore", 0.013),
  },
  "ap-northeast-1": {
    instances: t3("tables", 0.0544),
    nat: at("natTable", 0.062),
    gp3: at("tables", 0.096),
  },
  "sa-east-1": {
    instances: {
      ...t3("list", 0.0672),
      "m7i.large": at("list", 0.16065),
      "m7g.large": at("list", 0.1301),
      "m7i.xlarge": at("list", 0.3213),
    },
    nat: at("list", 0.093),
    gp3: at("list", 0.152),
  },
};

/** The same in every region. */
export const GLOBAL_PRICES = {
  /** An hour; a version of Kubernetes in extended support costs six times as much. */
  controlPlane: at("pages", 0.1),
  controlPlaneExtended: at("pages", 0.6),
  /** Each address, an hour, used or not. */
  publicIpv4: at("list", 0.005),
  /** A customer-managed key, a month. */
  kmsKey: at("singapore", 1),
} as const satisfies Readonly<Record<string, Price>>;

/**
 * What spot cost as a share of on demand when it was last seen: c7i.xlarge and m7i.xlarge in us-east-1, AWS's spot feed. It
 * moves every hour and differs by type and zone: good for an order of magnitude, not for a budget.
 */
export const SPOT = {
  share: 0.47,
  seen: "2026-09-28",
  what: "c7i.xlarge 47 %, m7i.xlarge 44 % of on demand, us-east-1",
} as const;

/** Hours that a month is reckoned with. */
export const HOURS_PER_MONTH = 730;
