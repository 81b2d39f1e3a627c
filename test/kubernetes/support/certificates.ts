import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

export interface Certificates {
  readonly "ca.crt": string;
  readonly "tls.crt": string;
  readonly "tls.key": string;
}

/** An authority of its own and a server's certificate for some names, as a Secret holds them. */
export async function makeCertificates(names: readonly string[]): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-pki-"));
  const openssl = (...args: readonly string[]) => execa("openssl", args, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    await openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test", "-days", "2");
    await openssl("req", ...key, "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=server");
    writeFileSync(join(folder, "names"), `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`);
    const sign = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
    await openssl("x509", "-req", "-in", "tls.csr", "-out", "tls.crt", ...sign);
    const read = (file: string): string => readFileSync(join(folder, file), "utf8");
    return { "ca.crt": read("ca.crt"), "tls.crt": read("tls.crt"), "tls.key": read("tls.key") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
