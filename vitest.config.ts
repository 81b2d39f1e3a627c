import { defineConfig } from "vitest/config";

const MINUTE = 60_000;

/** Real servers in each, and as much waiting as work: a few more than there are cores (two) keep them busy. */
const REAL = { maxWorkers: 3, hookTimeout: 3 * MINUTE };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", sequence: { groupOrder: 0 }, include: ["test/unit/**/*.test.ts"], testTimeout: 10_000 } },
      {
        test: {
          name: "cli",
          sequence: { groupOrder: 1 },
          include: ["test/cli/**/*.test.ts"],
          testTimeout: 2 * MINUTE,
          ...REAL,
        },
      },
      {
        test: {
          name: "local",
          sequence: { groupOrder: 2 },
          include: ["test/local/**/*.test.ts"],
          testTimeout: 4 * MINUTE,
          ...REAL,
        },
      },
      {
        test: {
          name: "long",
          sequence: { groupOrder: 3 },
          include: ["test/long/**/*.test.ts"],
          testTimeout: 30 * MINUTE,
          ...REAL,
        },
      },
      {
        test: {
          name: "chart",
          sequence: { groupOrder: 4 },
          include: ["test/chart/**/*.test.ts"],
          testTimeout: 2 * MINUTE,
          hookTimeout: 3 * MINUTE,
        },
      },
      {
        test: {
          name: "infra",
          sequence: { groupOrder: 5 },
          include: ["test/infra/**/*.test.ts"],
          maxWorkers: 2,
          testTimeout: 4 * MINUTE,
          hookTimeout: 4 * MINUTE,
        },
      },
      {
        // One Kubernetes for all of them: one file after the other.
        test: {
          name: "kubernetes",
          sequence: { groupOrder: 6 },
          include: ["test/kubernetes/*.test.ts"],
          testTimeout: 10 * MINUTE,
          hookTimeout: 5 * MINUTE,
          fileParallelism: false,
          // Three releases under load at once took longer than one after the other, and longer than Helm waits.
          maxConcurrency: 2,
          globalSetup: ["test/kubernetes/support/global-setup.ts"],
        },
      },
      {
        test: {
          name: "kubernetes-long",
          sequence: { groupOrder: 8 },
          include: ["test/kubernetes/long/*.test.ts"],
          testTimeout: 10 * MINUTE,
          hookTimeout: 5 * MINUTE,
          fileParallelism: false,
          globalSetup: ["test/kubernetes/support/global-setup.ts"],
        },
      },
      {
        test: {
          name: "delivery",
          sequence: { groupOrder: 7 },
          include: ["test/delivery/**/*.test.ts"],
          testTimeout: 10 * MINUTE,
          hookTimeout: 5 * MINUTE,
          fileParallelism: false,
          globalSetup: ["test/kubernetes/support/global-setup.ts"],
          // Its modules import JSON without saying so, which Node refuses.
          server: { deps: { inline: [/@actions\//] } },
        },
      },
    ],
  },
});
