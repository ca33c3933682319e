/**
 * Seeded random streams. A stream is named, so that a new draw in one place does not change the
 * draws of another: yesterday's seeds keep their meaning.
 *
 * The generator is SplitMix64 (Steele, Lea, Flood 2014) on BigInt state; it is not for secrets.
 */
export interface RandomStream {
  /** Uniform in [0, 1) with 53 bits. */
  next(): number;
  /** Uniform integer in [min, max], both ends included. */
  integer(min: number, max: number): number;
}

const MASK = (1n << 64n) - 1n;

/** FNV-1a, 64 bits: spreads the stream's name over the state. */
function hashName(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  }
  return hash;
}

function mix(state: bigint): bigint {
  let z = state;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

export function randomStream(seed: number, name: string): RandomStream {
  let state = (BigInt(Math.trunc(seed)) ^ hashName(name)) & MASK;
  const next = (): number => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    return Number(mix(state) >> 11n) / 2 ** 53;
  };
  return {
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
  };
}
