import { defineConfig } from "vitest/config";

const MINUTE = 60_000;

/** Real servers in each: more at once than there are cores only makes everybody late. */
const REAL = { maxWorkers: 2, hookTimeout: 3 * MINUTE };

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
    ],
  },
});
