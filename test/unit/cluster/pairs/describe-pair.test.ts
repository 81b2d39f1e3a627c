import { describe, expect, it } from "vitest";
import { parseEngineSpec } from "../../../../src/cluster/engines.js";
import { describePair } from "../../../../src/cluster/pairs/describe-pair.js";
import { findPair } from "../../../../src/cluster/pairs/find-pair.js";

const say = (from: string, to: string): string =>
  describePair(findPair(parseEngineSpec(from), parseEngineSpec(to))).join("\n");

describe("describePair", () => {
  it("says what the point of no return is, and why, where the new version's data cannot be read back", () => {
    expect(say("redis@7.0.15", "redis@8.0.6")).toMatchInlineSnapshot(`
      "Until the commit every shard keeps a copy in step on redis@7.0.15: going back is a hand-over, and nothing is lost.
      The commit is the point of no return: the old version reads neither the new one's files nor a full sync from it; it can only go on with the stream of writes that it follows already. After it only the snapshot from before the upgrade is left, and what was written since is lost.
      A copy on redis@7.0.15 whose replication link breaks for longer than the backlog covers is lost as a way back, and is stopped: when it is the last one of its shard, the point of no return is passed there.
      Until the commit no client may use HEXPIRE, HEXPIREAT, HPERSIST, HPEXPIRE, HPEXPIREAT, HGETDEL, HGETEX, HSETEX, VADD, VREM and VSETATTR: a copy on redis@7.0.15 drops them with only a line in its log.
      The same holds for HINCRBYFLOAT and RESTORE, which clients may be using today: redis@8.0.6 hands them to its replicas in words that redis@7.0.15 does not know.
      redis@7.0.15 cannot read the files of redis@8.0.6: going back moves them aside, never deletes them.
      Before redis@7.0.15 starts again, shard-id, nodename, tcp-port and tls-port are taken out of nodes.conf, where they are there.
      Source: measured: test/long/pairs.test.ts."
    `);
  });

  it("says that there is no point of no return where both read each other", () => {
    expect(say("valkey@8.0.1", "valkey@8.1.1")).toMatchInlineSnapshot(`
      "Until the commit every shard keeps a copy in step on valkey@8.0.1: going back is a hand-over, and nothing is lost.
      There is no point of no return: both versions read each other's files and sync each other.
      Until the commit no client may use SET … IFEQ: a copy on valkey@8.0.1 drops them with only a line in its log.
      Source: measured: test/long/pairs.test.ts."
    `);
  });

  it("says what going back costs, and what ends it, where only the files cannot be read", () => {
    expect(say("valkey@8.1.1", "valkey@9.1.2")).toMatchInlineSnapshot(`
      "Until the commit every shard keeps a copy in step on valkey@8.1.1: going back is a hand-over, and nothing is lost.
      There is no point of no return, but after the commit going back means a full sync of every node: the new version syncs an empty node of the old one in a format that it reads; only the files on disk are of no use to it and are moved aside.
      Until the commit no client may use HEXPIRE, HEXPIREAT, HPERSIST, HPEXPIRE, HPEXPIREAT, HGETDEL, HGETEX, HSETEX, DELIFEQ, MSETEX, GEOSEARCHSTORE … BYPOLYGON, CLUSTER FLUSHSLOT, CLUSTER MIGRATESLOTS and databases other than 0: a copy on valkey@8.1.1 drops them with only a line in its log.
      The same holds for RESTORE, which clients may be using today: valkey@9.1.2 hands them to its replicas in words that valkey@8.1.1 does not know.
      valkey@8.1.1 cannot read the files of valkey@9.1.2: going back moves them aside, never deletes them.
      Before valkey@8.1.1 starts again, client-tcp-port, client-tls-port and availability-zone are taken out of nodes.conf, where they are there.
      Mind: as long as a hash has fields with a TTL, Valkey 9.1 cannot sync an older version: from then on only the snapshot is left.
      Source: measured: test/long/pairs.test.ts."
    `);
  });

  it("says first what is needed and what must stop before the roll", () => {
    const sentences = say("redis@7.4.1", "valkey@9.1.2").split("\n");
    expect(sentences[0]).toContain("`rdb-version-check relaxed`");
    expect(sentences[1]).toContain("Before the roll begins, stop using HEXPIRE");
  });

  it("says why a pair is refused, and what to do instead", () => {
    expect(say("redis@8.0.6", "valkey@9.1.2")).toMatchInlineSnapshot(`
      "redis@8.0.6 to valkey@9.1.2 is refused: Redis 8 and Valkey 8 or newer give bus extension 4 different meanings (a 40 digit secret; a client's address): Valkey nodes send clients to addresses that do not exist, write the secret into nodes.conf as client-ipv4 and refuse to start on it.
      Instead: move the data to a second cluster, command by command and not with DUMP and RESTORE.
      Source: measured: test/long/pairs.test.ts; CLUSTERMSG_EXT_TYPE_INTERNALSECRET and CLUSTERMSG_EXT_TYPE_CLIENT_IPV4 in src/cluster_legacy.h of the two engines."
    `);
  });

  it("says of an unknown pair that it is unknown", () => {
    expect(say("redis@7.0.15", "redis@8.2.1")).toMatchInlineSnapshot(
      `"Unknown pair: nobody has tried redis@7.0.15 to redis@8.2.1: whether there is a way back is unknown; --accept-unknown-pair takes the risk."`,
    );
  });
});
