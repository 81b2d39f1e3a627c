import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Certificates, makeCertificates } from "../support/certificates.js";
import { drain } from "../support/faults.js";
import { engineValues, type InstallOptions } from "../support/release.js";
import { type LoadCredentials, NOBODY_NOTICED, seenBy, underLoad } from "../support/under-load.js";
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
  it("a plain `helm upgrade` and a drained node: no client of any language notices", () => {
    const { install, load } = secured();
    return withRelease(install, async (release) => {
      const change = async (): Promise<void> => {
        await release.upgrade(engineValues("redis@8.0"));
        await drain(1);
        await release.untilReady(60);
      };
      expect(seenBy(await underLoad(release, change, load))).toEqual(NOBODY_NOTICED);
    });
  });
});
