// Writes docs/version-pairs.md from the table of version pairs and from what runs of test/long/pairs.test.ts and
// test/long/upgrade-pairs.test.ts saw:
//   EVENKEEL_PAIRS_OUT=pairs.json npx vitest run --project long test/long/pairs.test.ts
//   EVENKEEL_UPGRADES_OUT=upgrades.json npx vitest run --project long test/long/upgrade-pairs.test.ts
//   node scripts/version-pairs.mjs pairs.json upgrades.json
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { format } from "oxfmt";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}docs/version-pairs.md`;
const [file, upgradesFile] = process.argv.slice(2);
if (file === undefined || upgradesFile === undefined) {
  process.stderr.write("say which measurements: node scripts/version-pairs.mjs pairs.json upgrades.json\n");
  process.exit(2);
}
const measured = JSON.parse(readFileSync(file, "utf8"));
const upgrades = JSON.parse(readFileSync(upgradesFile, "utf8"));

// The table is TypeScript without imports at run time other than its own: one small module, loaded from memory.
const { outputFiles } = await build({
  stdin: {
    contents: 'export { findPair } from "./find-pair.js"; export { PAIRS } from "./table.js";',
    resolveDir: `${root}src/cluster/pairs`,
  },
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  logLevel: "silent",
});
const { PAIRS, findPair } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`
);

const spec = (text) => ({ engine: text.split("@")[0], version: text.split("@")[1] });
const name = ({ engine, versions }) => `${engine}@${versions.join(", ")}`;
const both = ({ forward, back }) => `${forward} / ${back}`;
const code = (words) => words.map((word) => `\`${word}\``).join(", ");
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const AFTER = {
  full: "yes",
  "full-after-wipe": "yes, every node by a full sync",
  "snapshot-only": "**no**: restore of the snapshot, newer writes are lost",
};

/** Measured pairs of each row. */
const seenOf = new Map();
for (const pair of measured.pairs) {
  const verdict = findPair(spec(pair.from), spec(pair.to));
  if (!verdict.known) throw new Error(`${pair.from} to ${pair.to} was measured and is not in the table`);
  const key = `${name(verdict.row.from)} ${name(verdict.row.to)}`;
  seenOf.set(key, [...(seenOf.get(key) ?? []), pair]);
}
const seen = (row) => seenOf.get(`${name(row.from)} ${name(row.to)}`) ?? [];
const onWhich = (row) =>
  seen(row)
    .map((pair) => `${spec(pair.from).version} → ${spec(pair.to).version}`)
    .join(", ") || "not in this run";

/** Patch releases have no line in the table; those measured get one here. */
const sameMinor = measured.pairs
  .map((pair) => findPair(spec(pair.from), spec(pair.to)).row)
  .filter((row) => name(row.from) === name(row.to))
  .filter((row, index, all) => all.findIndex((one) => name(one.from) === name(row.from)) === index);
const rows = [...PAIRS.values(), ...sameMinor].toSorted((a, b) =>
  `${name(a.from)} ${name(a.to)}`.localeCompare(`${name(b.from)} ${name(b.to)}`),
);
const allowed = rows.filter((row) => row.roll === "allowed");
const refused = rows.filter((row) => row.roll === "refused");

const allowedTable = table(
  [
    "from",
    "to",
    "way back until the commit",
    "after the commit",
    "partial sync",
    "full sync",
    "dump.rdb",
    "AOF",
    "measured on",
  ],
  allowed.map((row) => [
    name(row.from),
    name(row.to),
    row.wayBack.untilCommit ? "yes" : "**no**",
    AFTER[row.wayBack.afterCommit],
    both(row.partialSync),
    both(row.fullSync),
    both(row.snapshotReadable),
    both(row.aofReadable),
    onWhich(row),
  ]),
);
/** Runs of a pair, in the order in which they are told. */
const RUNS = [
  ["upgrade", "upgrade"],
  ["fromSoak", "back from the soak"],
  ["afterCommit", "back after the commit"],
];
const failedBy = ({ failed }, client) => (client in failed ? String(failed[client]) : "-");
const upgradesTable = table(
  [
    "from",
    "to",
    "what",
    "seconds",
    "commands",
    "failed: ioredis / iovalkey / node-redis",
    "lost",
    "failovers",
    "longest stall",
    "p99",
    "node-redis' own",
  ],
  upgrades.pairs.flatMap((pair) =>
    RUNS.filter(([key]) => pair[key] !== undefined).map(([key, what]) => {
      const run = pair[key];
      const failed = ["ioredis", "iovalkey", "node-redis"].map((client) => failedBy(run, client)).join(" / ");
      const ms = (value) => `${Math.round(value)} ms`;
      return [
        pair.from,
        pair.to,
        what,
        run.seconds,
        run.commands,
        failed,
        run.lost,
        run.failovers,
        ms(run.longestStallMs),
        ms(run.p99Ms),
        run.disconnects,
      ];
    }),
  ),
);

/** The same text for several pairs is said once. */
function grouped(describe, among = allowed) {
  const groups = new Map();
  for (const row of among) {
    const said = describe(row).join("\n");
    if (said !== "") groups.set(said, [...(groups.get(said) ?? []), `${name(row.from)} → ${name(row.to)}`]);
  }
  return [...groups].map(([said, pairs]) => `**${pairs.join(", ")}**\n\n${said}`).join("\n\n");
}
const refusals = grouped(({ reason, caveats }) => [`- ${reason}`, ...caveats.map((caveat) => `- ${caveat}`)], refused);
const item = (what, words) => (words.length > 0 ? [`- ${what}: ${code(words)}`] : []);
const mind = grouped(({ freezeUntilCommit, ordinary, stopBefore, settings, caveats }) => [
  ...item(
    "unused until the commit",
    freezeUntilCommit.filter((one) => !ordinary.includes(one)),
  ),
  ...item("unused until the commit, and perhaps in use today", ordinary),
  ...item("unused, and no data made with it, before the roll begins", stopBefore),
  ...settings.map((setting) => `- needs \`${setting.name} ${setting.value}\`: ${setting.why}`),
  ...caveats.map((caveat) => `- ${caveat}`),
]);

const conf = grouped(({ nodesConf: { removeForward, removeBack } }) => [
  ...item("before the new version starts", removeForward),
  ...item("before the old version starts again", removeBack),
]);

const clean = (text) =>
  text
    .replaceAll(/[^\x20-\x7e…]/g, "")
    .replaceAll(/"[0-9a-f]{40} .*$/g, "…")
    .replaceAll("|", "\\|");
const seenList = measured.pairs.map(({ from, to, roll, dropped, notes, seconds }) => {
  const drops = dropped.length > 0 ? `; an old replica dropped ${code(dropped)}` : "";
  return [`- **${from} → ${to}**: ${roll}, ${seconds} s${drops}`, ...notes.map((note) => `  - ${clean(note)}`)].join(
    "\n",
  );
});
const missing = measured.missing.map(({ spec: what }) => what);
const sources = [...new Set(rows.map((row) => row.source))].map(
  (source) =>
    `- ${source}: ${rows
      .filter((row) => row.source === source)
      .map((row) => `${name(row.from)} → ${name(row.to)}`)
      .join(", ")}`,
);

const text = `<!-- Made by scripts/version-pairs.mjs from src/cluster/pairs and runs of test/long/pairs.test.ts and upgrade-pairs.test.ts: change those. -->

# Version pairs

What is known of rolling one running cluster from a version to another. A pair that is not here is unknown, and \`upgrade\` refuses it without
\`--accept-unknown-pair\`. A prefix stands for all its releases: \`redis@7.0\` for every 7.0.x, \`redis@8\` for any 8.x that has no line of
its own. Patch releases of one minor version may be rolled both ways.

Measured ${measured.measured.slice(0, 10)}, ${measured.pairs.length} pairs of real servers${missing.length > 0 ? `; not to be had: ${missing.join(", ")}` : ""}. Where a cell has two values, the first is for the new version behind
the old one (or on its files), the second for the old version behind the new one. "untried": the roll does not come so far.

## Allowed

${allowedTable}

Until the commit every shard keeps a copy on the old version that follows the new primary by partial syncs, which know no versions. Where the full sync back is "no", a copy whose link
breaks for longer than the backlog covers empties itself and can no longer be synced: it is lost as a way back.

## Upgraded under 2000 writes/s

Measured ${upgrades.measured.slice(0, 10)} with \`upgrade --execute --rate 2000\` and \`rollback --execute --rate 2000\`, three shards with a replica each, soaks of 2 s, on
a machine of two cores that carried servers, agents and clients at once and other work besides: stalls and p99 tell more of that machine than of the upgrade. "back from the soak": interrupted there, then
\`rollback\`; its seconds and commands are those of the way back, its failovers those of both ways. A second load ran from before the first step to after the last; its failed and lost
commands are counted too (failed: ${upgrades.pairs.flatMap((pair) => RUNS.flatMap(([key]) => pair[key]?.failed["second load"] ?? [])).reduce((sum, count) => sum + count, 0)} in all). The last column is what node-redis rejects by itself (\`Disconnects client\`) when a node leaves the slot map.

${upgradesTable}

## What clients must not use

A replica answers a command that it does not know with an error that nobody sees (\`INFO stats\`: \`unexpected_error_replies\`), and its data differ from then on.

${mind}

## Refused

${refusals}

## Fields of nodes.conf

An engine refuses to start on fields that it does not know; Redis 7.0 takes them for a part of a peer's host name and tells clients. The agent takes them out.

${conf}

## What the run saw

${seenList.join("\n")}

## Where the rows come from

${sources.join("\n")}
`;

const { code: rendered } = await format(page, text, JSON.parse(readFileSync(`${root}.oxfmtrc.json`, "utf8")));
writeFileSync(page, rendered);
