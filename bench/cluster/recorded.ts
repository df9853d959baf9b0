import { encodeValue } from "../../src/cluster/values.ts";

const kept = new Map<string, Uint8Array>();

/** Adds counts of `count` samples in `targets` cells, spread evenly. */
export function countsOf(
  targets: number,
  count: number,
  counts: Float64Array<ArrayBuffer> = new Float64Array(targets),
): Float64Array<ArrayBuffer> {
  for (let n = 0; n < count; n++) {
    const i = Math.floor((n * targets) / count) % targets;
    (counts[i] as number) += 1;
  }
  return counts;
}

/** The same counts as an answer in bytes; dense ones take a byte for each target, 0 or not. */
export function answerOf(targets: number, count: number, dense: boolean): Uint8Array {
  const key = `${targets} ${count} ${dense}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const counts = countsOf(targets, count);
  const sparse = encodeValue(counts);
  const bytes = dense ? denseBytes(counts) : sparse;
  kept.set(key, bytes);
  return bytes;
}

/** As `encodeValue` writes whole numbers below 256 of which most are not 0. */
function denseBytes(counts: Float64Array): Uint8Array {
  const bytes = encodeValue(new Float64Array(counts.length).fill(1));
  bytes.set(Uint8Array.from(counts), bytes.length - counts.length);
  return bytes;
}
