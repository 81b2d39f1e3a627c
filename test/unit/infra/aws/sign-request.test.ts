import { expect, test } from "vitest";
import { signRequest } from "../../../../src/infra/aws/sign-request.js";

// The examples that AWS publishes with its description of Signature Version 4 for S3.
const OPTIONS = {
  credentials: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    from: "test",
  },
  region: "us-east-1",
  service: "s3",
  nowMs: Date.parse("2013-05-24T00:00:00Z"),
};
const HOST = "https://examplebucket.s3.amazonaws.com";

test.each([
  [
    "an object with a range",
    "/test.txt",
    { range: "bytes=0-9" },
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  ],
  [
    "a parameter without a value",
    "/?lifecycle",
    {},
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  ],
  [
    "several parameters",
    "/?max-keys=2&prefix=J",
    {},
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  ],
])("signs %s as AWS does", (_what, path, headers, signature) => {
  const signed = signRequest({ method: "GET", url: new URL(`${HOST}${path}`), headers }, OPTIONS);
  expect(signed["authorization"]).toContain(`Signature=${signature}`);
});

test("a session's token is sent and signed", () => {
  const credentials = { ...OPTIONS.credentials, sessionToken: "token" };
  const signed = signRequest({ method: "GET", url: new URL(`${HOST}/a`) }, { ...OPTIONS, credentials });
  expect(signed["x-amz-security-token"]).toBe("token");
  expect(signed["authorization"]).toContain("x-amz-security-token");
});
