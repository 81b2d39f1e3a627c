import { ApiException } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { apiStatus, callApi, findInApi } from "../../../src/platforms/kubernetes/api/api-error.js";

const refuse = (code: number, message: string) => async (): Promise<never> => {
  throw new ApiException(code, "Unknown API Status Code!", JSON.stringify({ kind: "Status", message }), {});
};

describe("an error of the Kubernetes API", () => {
  it("is told in the API server's own words, with the rights that are missing", async () => {
    const said = 'pods is forbidden: User "u" cannot list resource "pods"';
    await expect(callApi("list the pods", refuse(403, said))).rejects.toMatchObject({
      code: "KUBERNETES_FORBIDDEN",
      exitCode: 3,
      message: `Kubernetes does not let this account list the pods: ${said}`,
      hint: expect.stringContaining("evenkeel rbac"),
    });
  });

  it("may be tried again when the server is in trouble, and not when it refuses", async () => {
    await expect(callApi("x", refuse(503, "etcd is away"))).rejects.toMatchObject({ retryable: true });
    await expect(callApi("x", refuse(422, "invalid"))).rejects.toMatchObject({ retryable: false });
  });

  it("that says 404 is no error to whoever only looks", async () => {
    expect(await findInApi("read", refuse(404, "not found"))).toBeUndefined();
    await expect(findInApi("read", refuse(500, "broken"))).rejects.toMatchObject({ code: "KUBERNETES_ERROR" });
  });

  it("keeps its status, before and after it was told", async () => {
    const raw: unknown = await refuse(409, "changed")().catch((error: unknown) => error);
    expect(apiStatus(raw)).toBe(409);
    const told: unknown = await callApi("write", refuse(409, "changed")).catch((error: unknown) => error);
    expect(apiStatus(told)).toBe(409);
  });
});
