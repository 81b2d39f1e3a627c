/** One thing that was looked at. */
export interface DoctorFinding {
  readonly id: string;
  /** `unknown`: it could not be seen from here. */
  readonly status: "pass" | "warn" | "fail" | "unknown";
  readonly evidence: string;
  readonly advice?: string;
}

/** Quotas that an environment may meet, and what it needs of each. */
export interface QuotaNeed {
  readonly id: string;
  readonly service: string;
  readonly code: string;
  readonly what: string;
  readonly need: number;
}

interface Needs {
  readonly vcpuPerNode: number;
  readonly nodes: number;
  readonly spot: boolean;
  readonly gateways: number;
}

/** Quotas of AWS by their codes, with what one environment takes of them. */
export function quotaNeeds({ vcpuPerNode, nodes, spot, gateways }: Needs): readonly QuotaNeed[] {
  return [
    spot
      ? {
          id: "quota-vcpu",
          service: "ec2",
          code: "L-34B43A08",
          what: "vCPUs of spot machines",
          need: vcpuPerNode * nodes,
        }
      : { id: "quota-vcpu", service: "ec2", code: "L-1216C47A", what: "vCPUs on demand", need: vcpuPerNode * nodes },
    { id: "quota-addresses", service: "ec2", code: "L-0263D0A3", what: "Elastic IPs", need: gateways },
    { id: "quota-vpcs", service: "vpc", code: "L-F678F1CE", what: "VPCs in the region", need: 1 },
    { id: "quota-clusters", service: "eks", code: "L-1194D53C", what: "EKS clusters", need: 1 },
  ];
}

/** Judges one quota. What others in the account use of it cannot be seen here. */
export function judgeQuota({ id, what, need }: QuotaNeed, value: number): DoctorFinding {
  const evidence = `${value} ${what} are allowed, ${need} are needed`;
  if (value >= need) return { id, status: "pass", evidence };
  return { id, status: "fail", evidence, advice: "ask for more in the Service Quotas console" };
}

/** Runs one look; what it throws becomes a finding. */
export async function look(
  id: string,
  see: () => Promise<Omit<DoctorFinding, "id">>,
  onError: "fail" | "unknown" = "fail",
): Promise<DoctorFinding> {
  try {
    return { id, ...(await see()) };
  } catch (error) {
    const { message, hint } = error as { message?: string; hint?: string };
    return { id, status: onError, evidence: message ?? String(error), ...(hint === undefined ? {} : { advice: hint }) };
  }
}
