import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * Four tiers: `unit` (pure, milliseconds, beside the code), `sim` (whole scenarios in the simulator),
 * `browser` (reports, opened in a headless Chromium; skipped where there is none) and `docker` (scenarios
 * on real containers, one worker, no retries).
 */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{harness,reports,scenarios,images,setup}/**/*.test.ts"],
          exclude: [
            "**/*.docker.test.ts",
            "**/*.sim.test.ts",
            "**/*.browser.test.ts",
            "**/node_modules/**",
          ],
          // Some start the whole program; on a busy machine that alone takes seconds. It is a bound, not a measurement.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "sim",
          include: ["harness/**/*.sim.test.ts"],
          retry: 0,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["harness/browser/**/*.browser.test.ts"],
          fileParallelism: false,
          retry: 0,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "docker",
          include: ["harness/**/*.docker.test.ts"],
          fileParallelism: false,
          retry: 0,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});

export default config;
