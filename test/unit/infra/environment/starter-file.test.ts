import { expect, test } from "vitest";
import { readText } from "../fixtures/environment-file.js";
import { starterFile } from "../../../../src/infra/environment/starter-file.js";

const LEAST = { bucket: "state-bucket", region: "eu-west-1", instanceType: "t3.medium", cidrs: [] } as const;

test("a starter file with the least answers is right, and open to nobody", () => {
  const { file } = readText(starterFile({ ...LEAST, environments: ["demo", "production"] }));
  expect(file.environments["demo"]?.endpoint.public).toBe(false);
  expect(Object.keys(file.environments)).toEqual(["demo", "production"]);
});

test("all answers are in it", () => {
  const answers = {
    ...LEAST,
    cidrs: ["203.0.113.0/24"],
    adminArn: "arn:aws:iam::123456789012:role/a",
    accountId: "123456789012",
  };
  const { file } = readText(starterFile({ ...answers, environments: ["demo"] }));
  expect(file.environments["demo"]).toMatchObject({
    accountIds: ["123456789012"],
    endpoint: { public: true, cidrs: ["203.0.113.0/24"] },
    admins: { admin: "arn:aws:iam::123456789012:role/a" },
    installInCluster: true,
  });
});
