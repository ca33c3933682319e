/** Measured over resamples: how often the same is called different, and how often +1 s is found. */
import { describe, expect, it } from "vitest";
import { randomStream, type RandomStream } from "../core/random.ts";
import { milliseconds, seconds } from "../core/time.ts";
import { forRanks, type Bounded } from "./bounds.ts";
import { ALPHA, changeOf, compareSamples, type Change, type Compared } from "./two-sample.ts";

type Shape = (stream: RandomStream) => number;

/** Shapes of failover times, in microseconds. */
const SHAPES: Readonly<Record<string, Shape>> = {
  // A script every 2 s: it dies at any phase of it.
  "uniform over a check interval": (stream) => seconds(0.65 + 2 * stream.next()),
  // The goodbye of the holder was heard, or its silence.
  "two humps": (stream) =>
    stream.next() < 0.6 ? seconds(0.62 + 0.1 * stream.next()) : seconds(2.6 + stream.next()),
  // What clients of a 10 ms cadence say of a short move: many ties.
  "ties of a 10 ms cadence": (stream) => milliseconds(10) * stream.integer(61, 75),
  // keepalived stopped: its goodbye, and the skew.
  "skew and little else": (stream) => seconds(0.613 + 0.004 * stream.next()),
  // A busy machine.
  "long tail": (stream) => seconds(0.6 - 0.7 * Math.log(1 - stream.next())),
};

function sample(shape: Shape, stream: RandomStream, n: number): number[] {
  return Array.from({ length: n }, () => shape(stream));
}

function says({ comparisons }: Compared, ...wanted: readonly Change[]): boolean {
  return comparisons.some((item) => wanted.includes(changeOf(item)));
}

const RESAMPLES = 2000;

describe("thirty against thirty", () => {
  it.each(Object.entries(SHAPES))("%s: the same is not called different", (name, shape) => {
    const stream = randomStream(1, `false alarms: ${name}`);
    let regressions = 0;
    let changes = 0;
    let significant = 0;
    for (let i = 0; i < RESAMPLES; i++) {
      // Three figures of each run that come from different stretches of it.
      const pairs = [0, 1, 2].map(() => ({
        base: sample(shape, stream, 30),
        now: sample(shape, stream, 30),
        resolutionUs: 1,
      }));
      const compared = compareSamples(pairs);
      expect(compared.questions).toBe(9);
      if (says(compared, "slower")) regressions++;
      if (says(compared, "slower", "faster")) changes++;
      const ps = compared.comparisons.flatMap(({ middle, shape, tail }) => [middle, shape, tail]);
      if (Math.min(...ps.map(({ p }) => p ?? 1)) <= ALPHA) significant++;
    }
    process.stdout.write(
      `false alarms of ${RESAMPLES}, ${name}: ${regressions} called a regression, ${changes} any change, ` +
        `${significant} significant before the threshold; nominal ${ALPHA * RESAMPLES}\n`,
    );
    expect(regressions / RESAMPLES).toBeLessThanOrEqual(ALPHA);
    // What chance leaves of a nominal 1 % in 2000 tries: three standard deviations.
    expect(significant / RESAMPLES).toBeLessThanOrEqual(
      ALPHA + 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / RESAMPLES),
    );
  });

  it.each(Object.entries(SHAPES))("%s: a second more is found", (name, shape) => {
    const stream = randomStream(2, `power: ${name}`);
    let found = 0;
    for (let i = 0; i < 500; i++) {
      const base = sample(shape, stream, 30);
      const now = sample(shape, stream, 30).map((value) => value + seconds(1));
      const [compared] = compareSamples([{ base, now, resolutionUs: 1 }]).comparisons;
      if (compared !== undefined && changeOf(compared) === "slower") found++;
    }
    process.stdout.write(`power at +1 s, ${name}: ${found} of 500\n`);
    expect(found / 500).toBeGreaterThan(0.97);
  });

  it("what is called detectable is found about nine times in ten", () => {
    const stream = randomStream(3, "detectable");
    const shape: Shape = (from) => seconds(0.65 + 2 * from.next());
    let found = 0;
    for (let i = 0; i < 400; i++) {
      const base = sample(shape, stream, 30);
      const now = sample(shape, stream, 30);
      const said = compareSamples([{ base, now, resolutionUs: 1 }]).comparisons[0]?.middle;
      const by = said?.detectableUs ?? 0;
      const fresh = sample(shape, stream, 30);
      const moved = sample(shape, stream, 30).map((value) => value + by);
      const again = compareSamples([{ base: fresh, now: moved, resolutionUs: 1 }]).comparisons[0];
      if (again !== undefined && changeOf(again) === "slower") found++;
    }
    process.stdout.write(`the detectable shift, found: ${found} of 400\n`);
    expect(found / 400).toBeGreaterThan(0.8);
    expect(found / 400).toBeLessThan(0.99);
  });
});

/** The share of runs without a spell above the floor. */
const QUIET_SHARES = [0.5, 0.8, 0.97, 1];

describe("thirty against thirty, mostly at the floor", () => {
  const floorUs = milliseconds(200);
  const spells = (share: number, stream: RandomStream): Bounded[] =>
    Array.from({ length: 30 }, () =>
      stream.next() < share
        ? { us: floorUs, bound: "at-most" }
        : { us: seconds(0.3 + 5 * stream.next()) },
    );
  const compare = (base: readonly Bounded[], now: readonly Bounded[]): Change => {
    const pair = { ...forRanks(base, now), resolutionUs: milliseconds(20) };
    return changeOf(compareSamples([pair]).comparisons[0]!);
  };

  it.each(QUIET_SHARES)("%d without a spell: the same is not called different", (share) => {
    const stream = randomStream(4, `floors ${share}`);
    const said = Array.from({ length: RESAMPLES }, () =>
      compare(spells(share, stream), spells(share, stream)),
    );
    const count = (...wanted: readonly Change[]): number =>
      said.filter((change) => wanted.includes(change)).length;
    process.stdout.write(
      `false alarms of ${RESAMPLES}, ${share} at the floor: ${count("slower")} called a regression, ` +
        `${count("slower", "faster", "small")} significant; nominal ${ALPHA * RESAMPLES}\n`,
    );
    expect(count("slower") / RESAMPLES).toBeLessThanOrEqual(ALPHA);
    expect(count("slower", "faster", "small") / RESAMPLES).toBeLessThanOrEqual(
      ALPHA + 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / RESAMPLES),
    );
  });

  it.each(QUIET_SHARES)("%d without a spell: a second more for every run is found", (share) => {
    const stream = randomStream(5, `power at the floor ${share}`);
    let found = 0;
    for (let i = 0; i < 500; i++) {
      const now = spells(share, stream).map(({ us }) => ({ us: us + seconds(1) }));
      if (compare(spells(share, stream), now) === "slower") found++;
    }
    process.stdout.write(`power at +1 s, ${share} at the floor: ${found} of 500\n`);
    // Half at the floor and half anywhere up to 5 s is as wide as it gets.
    expect(found / 500).toBeGreaterThan(share === 0.5 ? 0.9 : 0.97);
  });

  it("out until the end of the load against the same is no difference, whenever the load ended", () => {
    const open = (from: number): Bounded[] =>
      Array.from({ length: 30 }, (_, at) => ({ us: seconds(from) + at, bound: "at-least" }));
    expect(compare(open(8), open(11))).toBe("same");
    expect(
      compare(
        open(8),
        open(8).map(({ us }) => ({ us: us - seconds(4) })),
      ),
    ).toBe("faster");
  });
});

describe("few, none, constant", () => {
  const one = (
    base: readonly number[],
    now: readonly number[],
    options?: Parameters<typeof compareSamples>[1],
  ): ReturnType<typeof compareSamples>["comparisons"][number] =>
    compareSamples([{ base, now, resolutionUs: 1000 }], options).comparisons[0]!;

  it("nothing is said of one value, and nothing of none", () => {
    expect(one([1e6], [9e6]).middle).toEqual({
      change: "too-few",
      differenceUs: 8e6,
      thresholdUs: 50_000,
    });
    expect(one([], [1e6])).toMatchObject({ middle: { change: "too-few" }, now: { n: 1 } });
    expect(one([], []).middle).toEqual({ change: "too-few" });
    expect(one([], []).base).toBeUndefined();
  });

  it("four against five can show nothing at this level, however far apart", () => {
    const { middle, tail } = one([1, 2, 3, 4], [1e6, 2e6, 3e6, 4e6, 5e6]);
    expect(middle.change).toBe("too-few");
    expect(middle.detectableUs).toBeUndefined();
    expect(tail).toMatchObject({ change: "too-few", needs: 20 });
  });

  it("questions that cannot be answered do not weigh on those that can", () => {
    const base = Array.from({ length: 6 }, (_, index) => 1e6 + index * 1e4);
    const now = base.map((value) => value + 1e6);
    const hopeless = { base: [1], now: [2], resolutionUs: 1 };
    const { questions, comparisons } = compareSamples([
      { base, now, resolutionUs: 1 },
      ...Array.from({ length: 50 }, () => hopeless),
    ]);
    expect(questions).toBe(1);
    expect(comparisons[0]?.middle.change).toBe("slower");
  });

  it("unequal sizes: thirty against six", () => {
    const base = Array.from({ length: 30 }, (_, index) => 1e6 + index * 5e4);
    const now = Array.from({ length: 6 }, (_, index) => 3e6 + index * 5e4);
    const { middle, tail } = one(base, now);
    expect(middle.change).toBe("slower");
    expect(tail.change).toBe("too-few");
    expect(one(now, base).middle.change).toBe("faster");
  });

  it("a difference that does not matter is called small", () => {
    const constant = Array<number>(30).fill(1e6);
    const bit = constant.map((value) => value + 30_000);
    expect(one(constant, constant).middle.change).toBe("same");
    expect(one(constant, bit).middle).toMatchObject({ change: "small", thresholdUs: 50_000 });
    const strict = { thresholds: { p50: { kind: "us", us: 20_000 } } } as const;
    expect(one(constant, bit, strict).middle.change).toBe("slower");
    const share = { thresholds: { p50: { kind: "share", share: 0.02 } } } as const;
    expect(one(constant, bit, share).middle).toMatchObject({
      change: "slower",
      thresholdUs: 20_000,
    });
  });

  it("what cannot be measured is no difference that matters", () => {
    const base = Array<number>(30).fill(2000);
    const now = base.map((value) => value + 900);
    expect(one(base, now).middle).toMatchObject({ change: "small", thresholdUs: 1000 });
  });
});
