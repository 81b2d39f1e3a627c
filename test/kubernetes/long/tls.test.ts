import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { UpgradeReport } from "../../../src/cli/upgrade-report.js";
import { testPolicy } from "../../local/support/run-cli.js";
import { NOTHING, seen } from "../../local/support/upgrade-report.js";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { startEvenkeel } from "../support/evenkeel.js";
import { drain } from "../support/faults.js";
import { engineValues, type InstallOptions } from "../support/release.js";
import { secondsToReady } from "../support/seconds-to-ready.js";
import { type LoadCredentials, NOBODY_NOTICED, seenBy, slowestMs, underLoad } from "../support/under-load.js";
import { withRelease } from "../support/with-release.js";

const PASSWORD = "default-users-password";
const APP_PASSWORD = "app-users-password";
const folder = mkdtempSync(join(tmpdir(), "evenkeel-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** TLS for clients, replication and bus; a password for the default user, and a user of the application's own. */
function secured(): { readonly install: InstallOptions; readonly load: LoadCredentials } {
  const ca = join(folder, "ca.crt");
  const password = join(folder, "password");
  writeFileSync(password, APP_PASSWORD, { mode: 0o600 });
  const secrets = async (namespace: string): Promise<Readonly<Record<string, object>>> => {
    const domain = `${namespace}.svc.cluster.local`;
    const names = ["localhost", `rc.${domain}`, `*.${domain}`, `*.rc-headless.${domain}`];
    const pki: Certificates = await makeCertificates(names);
    writeFileSync(ca, pki["ca.crt"]);
    const users = `user app on >${APP_PASSWORD} ~* &* +@all`;
    return { "rc-pki": pki, "rc-auth": { password: PASSWORD, users, app: APP_PASSWORD } };
  };
  return {
    install: {
      values: {
        ...engineValues("redis@7.0"),
        tls: { enabled: true, existingSecret: "rc-pki" },
        auth: { enabled: true, existingSecret: "rc-auth", key: "password", usersKey: "users" },
      },
      secrets,
      cliFlags: ["--tls", "--insecure", "--no-auth-warning", "--pass", PASSWORD],
    },
    load: {
      clientFlags: ["--user", "app", "--password-file", password, "--ca-file", ca],
      witness: {
        config: {
          user: "app",
          passwordFile: "/run/secrets/password/app",
          tls: { caFile: "/run/secrets/pki/ca.crt" },
        },
        secrets: [
          { secret: "rc-auth", key: "app", path: "/run/secrets/password/app" },
          { secret: "rc-pki", key: "ca.crt", path: "/run/secrets/pki/ca.crt" },
        ],
      },
    },
  };
}

describe("with TLS and users", () => {
  for (const helm of [3, 4] as const) {
    it(`Helm ${helm}: ready within 30 s, and no client of any language notices a plain \`helm upgrade\``, () => {
      const { install, load } = secured();
      return withRelease({ ...install, helm }, async (release) => {
        expect(await secondsToReady(release)).toBeLessThan(30);
        const change = async (): Promise<void> => {
          await release.upgrade(engineValues("redis@8.0"), { helm });
        };
        expect(seenBy(await underLoad(release, change, load))).toEqual(NOBODY_NOTICED);
      });
    });
  }

  it("`evenkeel upgrade`: three failovers, and no client of any language notices, nor of four drains in a row after it", () => {
    const { install, load } = secured();
    return withRelease(install, async (release) => {
      const upgraded = await underLoad(
        release,
        async () => {
          const words = ["upgrade", "--to", "redis@8.0", "--execute", "--rate", "300", "--policy", testPolicy()];
          const { code, stderr, json } = await (await startEvenkeel(release, words, { home: folder })).ended;
          if (code !== 0) throw new Error(`exit ${code}: ${stderr.slice(-4000)}`);
          const report = json() as UpgradeReport;
          expect({ ...seen(report), failovers: report.failovers }).toEqual({
            result: "passed",
            ...NOTHING,
            failovers: 3,
          });
        },
        load,
      );
      expect(seenBy(upgraded)).toEqual(NOBODY_NOTICED);
      const drained = await underLoad(
        release,
        async () => {
          for (const node of [1, 2, 3, 4]) await drain(node);
          await release.untilReady(60);
        },
        load,
      );
      expect(seenBy(drained)).toEqual(NOBODY_NOTICED);
      expect(slowestMs(drained)).toBeLessThan(500);
    });
  });
});
