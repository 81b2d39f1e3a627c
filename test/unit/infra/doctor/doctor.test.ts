import { expect, test } from "vitest";
import { judgeQuota, look, quotaNeeds } from "../../../../src/infra/doctor/doctor.js";

test("four t3.medium need eight vCPUs of the right kind", () => {
  const [demand] = quotaNeeds({ vcpuPerNode: 2, nodes: 4, spot: false, gateways: 1 });
  const [spot] = quotaNeeds({ vcpuPerNode: 2, nodes: 4, spot: true, gateways: 1 });
  expect(demand).toMatchObject({ code: "L-1216C47A", need: 8 });
  expect(spot).toMatchObject({ code: "L-34B43A08", need: 8 });
  if (demand === undefined) throw new Error("no need");
  expect(judgeQuota(demand, 5)).toMatchObject({
    status: "fail",
    evidence: "5 vCPUs on demand are allowed, 8 are needed",
  });
  expect(judgeQuota(demand, 8).status).toBe("pass");
});

test("what cannot be seen is unknown, not a failure", async () => {
  const finding = await look("quota-vcpu", () => Promise.reject(new Error("no network")), "unknown");
  expect(finding).toEqual({ id: "quota-vcpu", status: "unknown", evidence: "no network" });
});
