import { describe, expect, test } from "vitest";
import {
  describeDistribution,
  parseIndexTargets,
  renderSources,
} from "../../../src/platforms/local/engines/distribution.js";

const debianTargets = [
  "https://packages.example.com/apt/|stable|Example",
  "http://deb.example.org/debian/|trixie|Debian",
  "http://deb.example.org/debian/|trixie-updates|Debian",
  "http://security.example.org/debian-security/|trixie-security|Debian-Security",
].join("\n");

describe("the machine's distribution", () => {
  test("uses the mirror that the machine uses, and looks into the machine's own release first", () => {
    const found = describeDistribution(parseIndexTargets(debianTargets));
    expect(found).toMatchObject({
      name: "Debian",
      mirror: "http://deb.example.org/debian",
      securityMirror: "http://security.example.org/debian-security",
    });
    expect(found?.releases.map(({ name }) => name)).toEqual(["trixie", "bookworm", "sid"]);
  });

  test("is recognised before apt has read its lists for the first time, when no label is known", () => {
    const targets = parseIndexTargets("http://archive.example.org/ubuntu/|noble|$(LABEL)\n");
    expect(describeDistribution(targets)).toMatchObject({
      name: "Ubuntu",
      mirror: "http://archive.example.org/ubuntu",
      securityMirror: undefined,
    });
  });

  test("is unknown when only foreign archives are configured", () => {
    expect(describeDistribution(parseIndexTargets("https://packages.example.com/apt/|stable|Example"))).toBeUndefined();
    expect(describeDistribution(parseIndexTargets(""))).toBeUndefined();
  });
});

describe("the sources of a release", () => {
  const base = {
    name: "Debian",
    mirror: "http://m/debian",
    securityMirror: "http://s/security",
    releases: [],
  } as const;
  const release = { name: "bookworm", extraSuites: ["backports"], security: true };

  test("are signed by the distribution's keyring and hold its extra suites and its security suite", () => {
    expect(renderSources({ ...base, keyring: "/keys/debian.gpg" }, release)).toBe(
      [
        "deb [signed-by=/keys/debian.gpg] http://m/debian bookworm main",
        "deb [signed-by=/keys/debian.gpg] http://m/debian bookworm-backports main",
        "deb [signed-by=/keys/debian.gpg] http://s/security bookworm-security main",
        "",
      ].join("\n"),
    );
  });

  test("leave the security suite out when the machine knows no security mirror", () => {
    const sources = renderSources({ ...base, securityMirror: undefined, keyring: undefined }, release);
    expect(sources).toBe("deb http://m/debian bookworm main\ndeb http://m/debian bookworm-backports main\n");
  });
});
