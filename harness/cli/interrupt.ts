/** Ctrl-C and SIGTERM: remove what this process created, then go. A second signal goes at once. */
import type Dockerode from "dockerode";
import { sweepOwn } from "../backend/docker/sweep.ts";
import { messageOf } from "../core/errors.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let installed = false;

export function cleanUpOnSignals(docker: Dockerode): void {
  if (installed) return;
  installed = true;
  let leaving = false;
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (leaving) process.exit(exitCode);
      leaving = true;
      process.stderr.write(`\nvipdrill: ${signal}: removing what this run created\n`);
      void sweepOwn(docker)
        .catch((error: unknown) => {
          process.stderr.write(`vipdrill: clean-up failed: ${messageOf(error)}; `);
          process.stderr.write("the next start removes what is left\n");
        })
        .finally(() => {
          process.exit(exitCode);
        });
    });
  }
}
