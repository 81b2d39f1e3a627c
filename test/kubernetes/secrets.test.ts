import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installRelease, type Release } from "./support/release.js";
import { tokenOf } from "./support/witness.js";

const PASSWORD = "correct-horse-battery-staple";

let release: Release;
beforeAll(async () => {
  release = await installRelease({
    values: { auth: { enabled: true, existingSecret: "rc-password" } },
    secrets: async () => ({ "rc-password": { password: PASSWORD } }),
    cliFlags: ["--no-auth-warning", "--pass", PASSWORD],
  });
});
afterAll(() => release.remove());

/** A request to the agent of `rc-0` from another pod; the status of the answer. */
async function ask(path: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const request = `fetch("http://rc-0.rc-headless.${release.namespace}.svc.cluster.local:9640${path}",
    {method:"POST",headers:${JSON.stringify(headers)},body:"{}"}).then((reply)=>console.log(reply.status))`;
  return (await release.kubectl("exec", "rc-1", "-c", "agent", "--", "node", "-e", request)).trim();
}

describe("an agent's calls that change something", () => {
  for (const path of ["/handover", "/turn", "/canary", "/snapshot"]) {
    it(`${path} from another pod: refused without the token, and with a wrong one`, async () => {
      expect(await ask(path, {})).toBe("401");
      expect(await ask(path, { "x-evenkeel-token": "x".repeat(32) })).toBe("401");
    });
  }

  it("the port that takes a hand-over without a token is reachable inside the pod only", async () => {
    const [pod] = (await release.pods()).filter(({ metadata }) => metadata.name === "rc-0");
    const connect = `require("net").connect(6390,"${String(pod?.status["podIP"])}").on("connect",()=>console.log("open"))
      .on("error",(error)=>console.log(error.code))`;
    expect(await release.kubectl("exec", "rc-1", "-c", "agent", "--", "node", "-e", connect)).toContain("ECONNREFUSED");
  });
});

describe("a secret", () => {
  it("is in no pod's specification, event, log, ConfigMap, nor in the release's values", async () => {
    const token = await tokenOf(release);
    const names = (await release.pods()).map(({ metadata }) => metadata.name);
    const texts = await Promise.all([
      release.kubectl("get", "pods,statefulsets,configmaps,services,events", "-o", "yaml"),
      ...names.flatMap((name) => [
        release.kubectl("logs", name, "-c", "agent"),
        release.kubectl("logs", name, "-c", "server"),
      ]),
      release.helm("get", "values", release.name, "--all").then(({ stdout }) => String(stdout)),
      release.helm("get", "manifest", release.name).then(({ stdout }) => withoutSecrets(String(stdout))),
    ]);
    for (const secret of [token, PASSWORD]) {
      const forms = [secret, Buffer.from(secret).toString("base64")];
      for (const form of forms) expect(texts.filter((text) => text.includes(form))).toEqual([]);
    }
  });

  it("is in no argument of a process", async () => {
    const look = `const fs=require("fs");console.log(fs.readdirSync("/proc").filter((id)=>/^\\d+$/.test(id))
      .map((id)=>fs.readFileSync("/proc/"+id+"/cmdline","utf8")).join("\\n"))`;
    expect(await release.kubectl("exec", "rc-0", "-c", "agent", "--", "node", "-e", look)).not.toContain(PASSWORD);
  });
});

/** The token's own Secret is the one place where it belongs. */
const withoutSecrets = (manifest: string): string =>
  manifest
    .split(/^---$/m)
    .filter((text) => !/^kind: Secret$/m.test(text))
    .join("---");
