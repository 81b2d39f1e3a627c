import { describe, expect, it } from "vitest";
import { errorClass } from "../../../src/witness/error-class.js";

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

describe("the class of an error", () => {
  it.each([
    ["Disconnects client", "Disconnects client"],
    ["MOVED 3300 127.0.0.1:6379", "MOVED"],
    ["ReplyError: MOVED 3300 127.0.0.1:6379", "MOVED"],
    ["CLUSTERDOWN The cluster is down", "CLUSTERDOWN The cluster is down"],
    ["ReplyError: CLUSTERDOWN Hash slot not served", "CLUSTERDOWN Hash slot not served"],
    ["READONLY You can't write against a read only replica.", "READONLY"],
    ["LOADING Redis is loading the dataset in memory", "LOADING"],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "MASTERDOWN"],
    ["NOAUTH Authentication required.", "NOAUTH"],
    ["TRYAGAIN Multiple keys request during rehashing of slot", "TRYAGAIN"],
    ["Too many Cluster redirections. Last error: ReplyError: MOVED 1 10.0.0.1:6379", "Too many Cluster redirections"],
    ["Too many Cluster redirections", "Too many Cluster redirections"],
    ["Connection is closed.", "Connection is closed"],
    ["Socket closed unexpectedly", "Socket closed unexpectedly"],
    ["Failed to refresh slots cache.", "Failed to refresh slots cache"],
    ["Command timed out", "timeout"],
    ["Connection timeout", "timeout"],
    ["Socket timeout timeout. Expecting data, but didn't receive any in 5000ms.", "timeout"],
    ["The client is closed", "The client is closed"],
    ["no answer", "no answer"],
  ])("of %j is %j", (message, expected) => {
    expect(errorClass(new Error(message))).toBe(expected);
  });

  it("is the system's code when there is one, whatever the sentence around it", () => {
    expect(errorClass(withCode("read ECONNRESET", "ECONNRESET"))).toBe("ECONNRESET");
    expect(errorClass(withCode("write EPIPE", "EPIPE"))).toBe("EPIPE");
    expect(errorClass(new Error("connect ECONNREFUSED 127.0.0.1:6379"))).toBe("ECONNREFUSED");
    expect(errorClass(withCode("connect ETIMEDOUT 10.1.2.3:6379", "ETIMEDOUT"))).toBe("timeout");
    expect(errorClass(withCode("", "ETIMEDOUT"))).toBe("timeout");
  });

  it("is the same for every address, key and number", () => {
    const classes = ["10.0.0.1:6379", "[fe80::1]:6380", "rc-0.rc:6379"].map((address) =>
      errorClass(new Error(`ERR cannot reach node ${address} for key 'evenkeel:witness:a:b:i:7' after 3 tries`)),
    );
    expect(new Set(classes)).toEqual(new Set(["ERR cannot reach node for key"]));
  });

  it("is a few words, not the whole sentence", () => {
    const message = "one two three four five six seven eight";
    expect(errorClass(new Error(message))).toBe("one two three four five six");
    expect(errorClass(new Error("Reached the max retries per request limit (which is 20). Refer to"))).toBe(
      "Reached the max retries per request",
    );
  });

  it("looks into a connect that tried several addresses", () => {
    const inner = withCode("connect ECONNREFUSED ::1:6379", "ECONNREFUSED");
    expect(errorClass(new AggregateError([inner]))).toBe("ECONNREFUSED");
  });

  it("is taken from the kind of an error that has no message", () => {
    class TimeoutError extends Error {}
    expect(errorClass(new TimeoutError())).toBe("timeout");
  });

  it("is never empty", () => {
    expect(errorClass(new TypeError(""))).toBe("TypeError");
    expect(errorClass(new Error(""))).toBe("unknown error");
    expect(errorClass(undefined)).toBe("unknown error");
    expect(errorClass("CLUSTERDOWN")).toBe("CLUSTERDOWN");
  });
});
