import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * Two tiers today: `unit` (pure, milliseconds, beside the code) and `docker` (real containers, one
 * worker, no retries). `sim` joins them when the simulator exists.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{harness,reports,scenarios,images,setup}/**/*.test.ts"],
          exclude: ["**/*.docker.test.ts", "**/node_modules/**"],
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
