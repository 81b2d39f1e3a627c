/** A type as terraform's wire writes it: `"string"`, `["list", T]`, `["object", { name: T }, [optional names]]`. */
export type CtyType =
  | string
  | readonly ["list" | "set" | "map", CtyType]
  | readonly ["object", Readonly<Record<string, CtyType>>, (readonly string[])?];

export interface AttributeSchema {
  readonly type: CtyType;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
}

export interface NestedBlock {
  readonly nesting: "single" | "list" | "set" | "map";
  readonly block: BlockSchema;
  readonly min: number;
  /** 0 is no limit. */
  readonly max: number;
}

export interface BlockSchema {
  readonly attributes: Readonly<Record<string, AttributeSchema>>;
  readonly blocks: Readonly<Record<string, NestedBlock>>;
}

export interface ProviderSchema {
  readonly provider: BlockSchema;
  readonly resources: Readonly<Record<string, BlockSchema>>;
  readonly dataSources: Readonly<Record<string, BlockSchema>>;
}
