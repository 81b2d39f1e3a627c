import type { Value } from "./conversion.js";

const preset = (cpu: string, memory: string, cpuLimit: string, memoryLimit: string): Value => ({
  requests: { cpu, memory },
  limits: { cpu: cpuLimit, memory: memoryLimit },
});

/** What the Bitnami charts mean by `resourcesPreset`. */
export const RESOURCE_PRESETS: Readonly<Record<string, Value>> = {
  nano: preset("100m", "128Mi", "150m", "192Mi"),
  micro: preset("250m", "256Mi", "375m", "384Mi"),
  small: preset("500m", "512Mi", "750m", "768Mi"),
  medium: preset("500m", "1024Mi", "750m", "1536Mi"),
  large: preset("1.0", "2048Mi", "1.5", "3072Mi"),
  xlarge: preset("1.0", "3072Mi", "3.0", "6144Mi"),
  "2xlarge": preset("1.0", "3072Mi", "6.0", "12288Mi"),
};
