import type { BlockSchema, ProviderSchema } from "../schema/schema.js";
import { complete } from "./complete.js";
import type { Stage } from "./complete.js";
import { forcesReplacement } from "./forces-replacement.js";
import { policyDocument } from "./policy-document.js";
import type { DynamicValue, WireCodec } from "./wire-value.js";

type Attributes = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, DynamicValue>> & { readonly type_name: string };
export type Answer = (question: Values) => unknown;

const NESTING = { single: 1, list: 2, set: 3, map: 4 } as const;
const DEFAULT_REGION = "us-east-1";
const ERROR = 1;

function wireBlock({ attributes, blocks }: BlockSchema): unknown {
  return {
    attributes: Object.entries(attributes).map(([name, attribute]) => ({
      ...attribute,
      name,
      type: Buffer.from(JSON.stringify(attribute.type)),
    })),
    block_types: Object.entries(blocks).map(([type_name, { nesting, block, min, max }]) => ({
      type_name,
      nesting: NESTING[nesting],
      min_items: min,
      max_items: max,
      block: wireBlock(block),
    })),
  };
}

const wireSchema = (block: BlockSchema): unknown => ({ version: 0, block: wireBlock(block) });
const wireSchemas = (blocks: Readonly<Record<string, BlockSchema>>): unknown =>
  Object.fromEntries(Object.entries(blocks).map(([type, block]) => [type, wireSchema(block)]));

/**
 * Answers terraform as a provider of that schema would whose every call to its cloud succeeds. It knows the schema's
 * structure, types and requirements; it does not know AWS's own checks of values.
 */
export function providerAnswers(schema: ProviderSchema, codec: WireCodec): Readonly<Record<string, Answer>> {
  let region = DEFAULT_REGION;
  const fill = (type: string, value: Attributes, block: BlockSchema | undefined, stage: Stage): Attributes => {
    const known = Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null && !codec.isUnknown(v)));
    if (block === undefined) throw new Error(`no schema for ${type}`);
    return complete(value, block, { stage, codec, subject: { type, region, known } });
  };
  return {
    GetSchema: () => ({
      provider: wireSchema(schema.provider),
      resource_schemas: wireSchemas(schema.resources),
      data_source_schemas: wireSchemas(schema.dataSources),
      provider_meta: wireSchema({
        attributes: {
          user_agent: { type: ["list", "string"], optional: true, required: false, computed: false },
          // What the registry's modules tell the AWS provider about themselves.
          module_name: { type: "string", optional: true, required: false, computed: false },
        },
        blocks: {},
      }),
      server_capabilities: { plan_destroy: false, get_provider_schema_optional: true },
    }),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    Configure: ({ config }) => {
      const configured = codec.decode(config) as Attributes | null;
      const asked = configured?.["region"];
      if (typeof asked === "string") region = asked;
      return {};
    },
    ValidateResourceTypeConfig: () => ({}),
    ValidateDataSourceConfig: () => ({}),
    Stop: () => ({}),
    UpgradeResourceState: ({ raw_state: state }) => ({ upgraded_state: { json: state?.json } }),
    ReadResource: ({ current_state: state }) => ({ new_state: state }),
    PlanResourceChange: ({ type_name: type, prior_state, proposed_new_state }) => {
      const prior = codec.decode(prior_state) as Attributes | null;
      const proposed = codec.decode(proposed_new_state) as Attributes | null;
      if (proposed === null) return { planned_state: proposed_new_state };
      const replacing = prior === null ? [] : forcesReplacement(type, prior, proposed);
      const planned = prior === null ? fill(type, proposed, schema.resources[type], "plan") : proposed;
      return {
        planned_state: codec.encode(planned),
        requires_replace: replacing.map((attribute_name) => ({ steps: [{ attribute_name }] })),
        legacy_type_system: true,
      };
    },
    ApplyResourceChange: ({ type_name: type, prior_state, planned_state }) => {
      const planned = codec.decode(planned_state) as Attributes | null;
      if (planned === null) {
        const prior = codec.decode(prior_state) as Attributes;
        // As AWS does: what is protected stays until the protection was taken off in an apply of its own.
        return prior["deletion_protection"] === true || prior["deletion_protection_enabled"] === true
          ? { new_state: prior_state, diagnostics: [{ severity: ERROR, summary: `${type} has deletion protection` }] }
          : { new_state: planned_state };
      }
      return {
        new_state: codec.encode(fill(type, planned, schema.resources[type], "apply")),
        legacy_type_system: true,
      };
    },
    ReadDataSource: ({ type_name: type, config }) => {
      const asked = codec.decode(config) as Attributes;
      const state = fill(type, asked, schema.dataSources[type], "read");
      const json = type === "aws_iam_policy_document" ? { json: policyDocument(asked) } : {};
      return { state: codec.encode({ ...state, ...json }) };
    },
  };
}
