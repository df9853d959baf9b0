// Compares each kernel that runs outside of the engine's ops with float64, computed from the
// contents of its buffers.

import { adam } from "../../autograd/reference/adam.ts";
import { sgd } from "../../autograd/reference/sgd.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { philox } from "../../math/philox.ts";
import { drawnRow, placeOf } from "../../ot/reference/draw.ts";
import { rms, UNIT } from "../../tensor/reference/bound.ts";
import { compareExactly, compareValues } from "./compare.ts";
import {
  checkDrawn,
  type Dispatched,
  DRAWN_VALUES,
  floats,
  integers,
  type Outcome,
  param,
  someSamples,
} from "./dispatched.ts";

/** Compares theta, m and v after a step of Adam with the float64 reference. */
export function checkAdam(d: Dispatched): Outcome[] {
  const wide = (name: string): Float64Array => new Float64Array(floats(d.before, name));
  const values = { gradient: wide("gradient"), theta: wide("theta"), m: wide("m"), v: wide("v") };
  const { beta1 = 0, beta2 = 0, rate = 0, epsilon = 0, decay = 0 } = d.params;
  const decays = d.constants["DECAY"] === true;
  const expected = adam(values, { beta1, beta2, rate, epsilon, decay: decays ? decay : 0 });
  const scales = { theta: 0, m: rms(values.m) + rms(values.gradient), v: 0 };
  return (["theta", "m", "v"] as const).map((output) => ({
    output,
    finding: compareValues(floats(d.after, output), expected[output], { tolerance: 16 * UNIT, scale: scales[output] }),
  }));
}

/** Compares theta and v after a step of gradient descent with the float64 reference. */
export function checkSgd(d: Dispatched): Outcome[] {
  const wide = (name: string): Float64Array => new Float64Array(floats(d.before, name));
  const values = { gradient: wide("gradient"), theta: wide("theta"), v: wide("v") };
  const { momentum = 0, rate = 0 } = d.params;
  const expected = sgd(values, { momentum, rate, nesterov: d.constants["NESTEROV"] === true });
  // Where velocity and gradient cancel, the error is one of the terms.
  const terms = rms(values.v) + rms(values.gradient);
  const scales = { theta: 2 * rate * terms, v: terms };
  return (["theta", "v"] as const).map((output) => ({
    output,
    finding: compareValues(floats(d.after, output), expected[output], { tolerance: 8 * UNIT, scale: scales[output] }),
  }));
}

/** Checks that samples drawn from given rows are the rows that the random numbers select. */
export function checkRows(d: Dispatched): Outcome[] {
  const [depth, samples] = [param(d, "depth"), param(d, "samples")];
  const [x, rows] = [floats(d.after, "x"), floats(d.before, "rows")];
  const expected = new Float64Array(x.length);
  const checked = new Set<number>();
  for (const sample of someSamples(samples, DRAWN_VALUES / depth)) {
    const row = drawnRow(d.params as unknown as Parameters<typeof drawnRow>[0], sample, param(d, "rows"));
    for (let k = 0; k < depth; k++) {
      const at = placeOf(sample, k, depth);
      expected[at] = rows[row * depth + k] as number;
      checked.add(at);
    }
  }
  return [{ output: "x", finding: compareExactly(x, expected, (i) => checked.has(i)) }];
}

/** Checks the index of the first value that is NaN or infinite, and the number of such values. */
export function checkFinite(d: Dispatched): Outcome[] {
  const [bits, y] = [integers(d.before, "x"), Float64Array.from(integers(d.before, "y"))];
  const slot = 2 * param(d, "slot");
  const bad: number[] = [];
  for (let i = 0; i < param(d, "count"); i++) if (((bits[i] as number) & 0x7f800000) === 0x7f800000) bad.push(i);
  y[slot] = Math.min(y[slot] as number, bad[0] ?? powerOfTwo(32));
  (y[slot + 1] as number) += bad.length;
  return [{ output: "y", finding: compareExactly(integers(d.after, "y"), y) }];
}

/** Checks that a subgroup has 8 lanes, in the order of the threads. */
export function checkLanes(d: Dispatched): Outcome[] {
  const expected = Array.from({ length: param(d, "count") }, (_, lane) => 256 * 8 + lane);
  return [{ output: "y", finding: compareExactly(integers(d.after, "y"), expected) }];
}

/** Compares the random words of the device with Philox on the host. */
export function checkBits(d: Dispatched): Outcome[] {
  const n = (name: string): number => param(d, name);
  const y = integers(d.after, "y");
  const expected = new Float64Array(y.length);
  for (let i = 0; 4 * i < y.length; i++) {
    const low = (n("offset_low") + i) >>> 0;
    const high = (n("offset_high") + (low < i ? 1 : 0)) >>> 0;
    const bits = philox([low, high, n("stream"), n("purpose")], [n("seed_low"), n("seed_high")]);
    expected.set(bits.slice(0, y.length - 4 * i), 4 * i);
  }
  return [{ output: "y", finding: compareExactly(y, expected) }];
}

/** Compares the sums of the work that measures peak arithmetic with the same sums on the host. */
export function checkPeak(d: Dispatched): Outcome[] {
  const c = Math.fround(param(d, "c"));
  // After so many steps the values have long stopped changing.
  const steps = Math.min(32 * param(d, "turns"), 1000);
  const sums = Array.from({ length: 8 }, (_, lane) => {
    let a = Array.from({ length: 10 }, (_, j) => lane / 16 + Math.floor(j / 4) / 10);
    for (let step = 0; step < steps; step++) a = a.map((value, j) => value * (a[(j + 1) % 10] as number) + c);
    return a.reduce((sum, value) => sum + value);
  });
  const expected = Float64Array.from({ length: param(d, "threads") }, (_, i) => sums[i % 8] as number);
  return [{ output: "y", finding: compareValues(floats(d.after, "y"), expected, { tolerance: 1e-5 }) }];
}

/** Checks the source points that the kernel `draw` wrote. */
export const checkDraw = (d: Dispatched): Outcome[] => [checkDrawn(d)];
