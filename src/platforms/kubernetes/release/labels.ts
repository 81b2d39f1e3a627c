/** Names that the chart and this platform share. */
export const CHART_NAME = "redis-cluster";
export const COMPONENT_LABEL = "evenkeel.dev/component";
export const ENGINE_ANNOTATION = "evenkeel.dev/engine";
export const VERSION_ANNOTATION = "evenkeel.dev/version";
/** On pods: when a replica was added or removed last. */
export const RESIZED_ANNOTATION = "evenkeel.dev/resized";
export const RELEASE_LABEL = "app.kubernetes.io/instance";
export const NAME_LABEL = "app.kubernetes.io/name";
export const SERVER_CONTAINER = "server";
export const AGENT_CONTAINER = "agent";
