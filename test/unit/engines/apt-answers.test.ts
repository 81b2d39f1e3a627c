import { describe, expect, test } from "vitest";
import { renderAptConfig } from "../../../src/platforms/local/engines/apt-state.js";
import { parseMadison, readComplaints } from "../../../src/platforms/local/engines/package-offers.js";
import { parsePrintUris } from "../../../src/platforms/local/engines/package-plan.js";

describe("apt-cache madison", () => {
  test("gives the engine's own version, without epoch, repack mark and package revision", () => {
    const text = [
      "redis-server | 5:7.0.15-1~deb12u10 | http://s/security bookworm-security/main amd64 Packages",
      "valkey-server | 8.0.1+dfsg1-1~bpo12+1 | http://m/debian bookworm-backports/main amd64 Packages",
    ].join("\n");
    expect(parseMadison(text)).toEqual([
      { engine: "redis", version: "7.0.15", packageVersion: "5:7.0.15-1~deb12u10" },
      { engine: "valkey", version: "8.0.1", packageVersion: "8.0.1+dfsg1-1~bpo12+1" },
    ]);
  });

  test("never offers a pre-release, and nothing for other packages or no answer", () => {
    expect(parseMadison("valkey-server | 9.1.0~rc1-1 | http://m/debian sid/main amd64 Packages")).toEqual([]);
    expect(parseMadison("redis-sentinel | 5:8.0.6-3 | http://m/debian sid/main amd64 Packages")).toEqual([]);
    expect(parseMadison("")).toEqual([]);
  });
});

describe("apt-get --print-uris", () => {
  test("gives name, decoded version and size, with or without a hash", () => {
    const text = [
      "'http://m/libcap2_2.66-4%2bb1_amd64.deb' libcap2_1%3a2.66-4+b1_amd64.deb 27708 MD5Sum:f3075bfe2ad69652",
      "'http://s/libssl3_3.0.22-1%7edeb12u2_amd64.deb' libssl3_3.0.22-1~deb12u2_amd64.deb 2039888 ",
      "Reading package lists...",
    ].join("\n");
    expect(parsePrintUris(text)).toEqual([
      { name: "libcap2", version: "1:2.66-4+b1", bytes: 27_708 },
      { name: "libssl3", version: "3.0.22-1~deb12u2", bytes: 2_039_888 },
    ]);
  });
});

describe("apt's complaints", () => {
  test("are its error and warning lines, without passwords in addresses", () => {
    const stderr = "Get:1 http://m\nE: Failed to fetch http://me:secret@m/dists/sid/InRelease  503\nW: old\n";
    expect(readComplaints(stderr)).toEqual(["Failed to fetch http://***@m/dists/sid/InRelease  503", "old"]);
  });
});

describe("apt's own state", () => {
  const machine = [
    'APT::Architecture "arm64";',
    'APT::Update::Post-Invoke:: "rm -f /var/cache/apt/*.deb";',
    'Acquire::http::Proxy "http://proxy:3128";',
    'Acquire::IndexTargets::deb::DEP-11::MetaKey "dep11";',
    'Dir::State::lists "/var/lib/apt/lists";',
  ].join("\n");
  const config = renderAptConfig("/cache/debian-sid", machine);

  test("keeps how the machine reaches archives", () => {
    expect(config).toContain('Acquire::http::Proxy "http://proxy:3128";');
  });

  test("takes over neither the machine's hooks nor the extra indexes of desktops nor its folders", () => {
    expect(config).not.toMatch(/Post-Invoke|DEP-11|\/var\//);
    expect(config).toContain('Dir::State::lists "/cache/debian-sid/lists";');
  });

  test("reads lists of the machine's own architecture only", () => {
    expect(config).toContain('APT::Architectures { "arm64"; };');
  });
});
