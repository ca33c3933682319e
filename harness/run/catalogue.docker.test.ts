/**
 * Scenarios on real containers: one for each way of going, and the main one on every line of images. Every fault is tried by the conformance
 * cases as well; the whole catalogue (docs/scenarios.md says how) takes too long for every commit.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CATALOGUE } from "../../scenarios/catalogue.ts";
import { dockerBackend } from "../backend/docker/backend.ts";
import { connectEngine, type Engine } from "../backend/docker/engine.ts";
import { packContext } from "../backend/docker/images/context.ts";
import { follow } from "../backend/docker/images/engine-images.ts";
import { ensureImages } from "../backend/docker/images/images.ts";
import { findScenario } from "../cli/catalogue.ts";
import { judgeRun } from "./judge.ts";
import { runScenario, type FinishedRun } from "./run.ts";
import { createRunDirectory, readRun } from "./store.ts";

const OUT = mkdtempSync(join(tmpdir(), "vipdrill-test-"));
let engine: Engine;

beforeAll(async () => {
  engine = await connectEngine();
});

async function drill(name: string, image: string): Promise<FinishedRun> {
  const runId = `test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  return runScenario({
    scenario: findScenario(name),
    backend: dockerBackend({ engine, keep: false }),
    seed: Math.floor(Math.random() * 1_000_000),
    image,
    runId,
    startedAt: new Date().toISOString(),
    directory: createRunDirectory(OUT, `${name.replaceAll("/", "-")}-${runId}`),
    keep: false,
    replay: "",
    progress: () => undefined,
  });
}

/** Reason and directory come first, so that a failure says where to look. */
function told({ result, path }: FinishedRun): string {
  return `${result.outcome} (${result.reason}) ${path}`;
}

const SAMPLE: readonly string[] = [
  "dual-script/baseline",
  "dual-script/mysqld-killed",
  "dual-script/keepalived-then-mysqld",
  "dual-script/multicast-blocked",
  "dual-script/recommended-frozen",
  "dual-script/stale-arp-after-split",
  "dual-check/power-loss-semi-synchronous",
  "dual-check/hand-back",
  "dual-check/alerts",
  "dual-check/monitor-notices",
  "dual-check/both-written-without-offsets",
  "dual-kill9/parent-killed",
  "dual-kill9/refuses-to-start",
  "lvs-dr/unequal-weights",
  "lvs-dr/mysqld-killed",
  "lvs-dr/keepalived-stopped",
  "dual-kill9/checked-mysqld-killed",
  ...CATALOGUE.flatMap(({ name, canary }) => (canary === undefined ? [] : [name])),
];

describe("a scenario of each kind comes out as it declares", () => {
  it.each(SAMPLE)("%s", async (name) => {
    const run = await drill(name, "sid");
    expect(told(run)).toMatch(/^as-expected /);
    const stored = readRun(run.path);
    expect(judgeRun(stored.record, stored.history.events)).toEqual(run.result);
  });
});

describe("scenarios on plain nodes and on such with a kernel of their own come out as declared on the other lines", () => {
  it.each([
    ["bookworm", "dual-script/mysqld-killed"],
    ["trixie", "dual-script/mysqld-killed"],
    ["bookworm", "dual-check/checked-mysqld-killed"],
    ["trixie", "lvs-dr/mysqld-stopped"],
  ])("%s %s", async (line, name) => {
    const run = await drill(name, line);
    expect(told(run)).toMatch(/^as-expected /);
    expect(Object.values(run.record.versions).join(" ")).toMatch(/MariaDB/i);
  });
});

describe("an image of the user's own", () => {
  it("needs no label, no command and no syslog of ours", async () => {
    const { host } = await ensureImages(engine.docker, {
      image: "trixie",
      progress: () => undefined,
    });
    const dockerfile = `FROM ${host}
LABEL org.vipdrill.host=""
RUN rm /usr/sbin/rsyslogd
CMD ["mariadbd"]
`;
    const context = [{ path: "Dockerfile", mode: 0o644, content: Buffer.from(dockerfile) }];
    const image = "vipdrill-test/own-host:latest";
    await follow(engine.docker, await engine.docker.buildImage(packContext(context), { t: image }));
    try {
      expect(told(await drill("dual-script/keepalived-stopped", image))).toMatch(/^as-expected /);
    } finally {
      await engine.docker.getImage(image).remove({ force: true });
    }
  });
});
