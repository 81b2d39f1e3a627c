import { expect, test } from "vitest";
import { explainFailure } from "../../../../src/infra/terraform/explain-failure.js";
import { parseLockDetail, parseLockJson } from "../../../../src/infra/terraform/lock-info.js";
import { parseUiMessage, type Diagnostic } from "../../../../src/infra/terraform/ui-message.js";

const DETAIL = `operation error DynamoDB: PutItem, https response error StatusCode: 400, ConditionalCheckFailedException
Lock Info:
  ID:        6f2a4b5c-1d2e-3f40-5162-738495a6b7c8
  Path:      tfstate/demo/terraform.tfstate
  Operation: OperationTypeApply
  Who:       ana@laptop
  Version:   1.11.4
  Created:   2026-11-23 05:20:18.123456789 +0000 UTC
  Info:


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time.`;

const failure = (summary: string, detail: string, rest = "") => {
  const diagnostics: Diagnostic[] = summary === "" ? [] : [{ severity: "error", summary, detail }];
  return explainFailure({ command: "plan", id: "demo", diagnostics, rest });
};

test("a lock is told with its holder, its age and the command", () => {
  const error = failure("Error acquiring the state lock", DETAIL);
  expect(error).toMatchObject({ code: "STATE_LOCKED", exitCode: 3, retryable: true });
  expect(error.message).toBe("the state of demo is locked by ana@laptop since 2026-11-23T05:20:18Z (apply)");
  expect(error.hint).toContain("evenkeel infra unlock demo");
});

test("the lock in the bucket and the one in a complaint read the same", () => {
  const json = {
    ID: "6f2a4b5c-1d2e-3f40-5162-738495a6b7c8",
    Operation: "OperationTypeApply",
    Info: "",
    Who: "ana@laptop",
    Version: "1.11.4",
    Created: "2026-11-23T05:20:18.123456789Z",
    Path: "tfstate/demo/terraform.tfstate",
  };
  expect(parseLockJson(JSON.stringify(json))).toEqual(parseLockDetail(DETAIL));
  expect(parseLockJson("")).toBeUndefined();
});

test.each([
  ["Saved plan is stale", "", "PLAN_STALE", "evenkeel infra plan demo"],
  ["No valid credential sources found", "failed to refresh cached credentials", "AWS_CREDENTIALS", "AWS_PROFILE"],
  [
    "Error refreshing state",
    "S3 bucket does not exist: NoSuchBucket",
    "STATE_BUCKET_MISSING",
    "evenkeel infra bootstrap",
  ],
  ["creating EC2 VPC", "api error UnauthorizedOperation", "AWS_DENIED", "evenkeel infra doctor"],
  [
    "Failed to query available provider packages",
    "could not connect to registry.terraform.io",
    "REGISTRY_UNREACHABLE",
    "network",
  ],
  ["Invalid value for variable", "zones: two or three", "TERRAFORM_FAILED", "evenkeel infra plan demo"],
])("%s becomes an error with the next command", (summary, detail, code, hint) => {
  const error = failure(summary, detail);
  expect(error.code).toBe(code);
  expect(error.hint).toContain(hint);
});

test("a complaint in a frame is read without the frame", () => {
  const error = failure("", "", "something\n╷\n│ Error: Failed to unlock state\n│ \n│ no lock\n╵\n");
  expect(error.message).toBe("terraform plan of demo failed: Error: Failed to unlock state  no lock");
});

test("Terraform's own events are understood", () => {
  const hook = { resource: { addr: "module.vpc.aws_vpc.this[0]" }, action: "create", elapsed_seconds: 3 };
  expect(parseUiMessage(JSON.stringify({ type: "apply_complete", hook }))).toEqual({
    type: "complete",
    address: "module.vpc.aws_vpc.this[0]",
    action: "create",
    seconds: 3,
  });
  expect(parseUiMessage("no JSON")).toEqual({ type: "other", message: "no JSON" });
});
