import * as assert from "uvu/assert";
import { exp, hypot, log, log1p, tanh } from "../../src/math/elementary.ts";
import { powerOfTwo } from "../../src/math/float64.ts";
import { exactly } from "../support/exact.ts";
import { describe } from "../support/suite.ts";
import { Arguments, bitsOf, staysWithin } from "../support/ulps.ts";

const { POSITIVE_INFINITY: INFINITY, NEGATIVE_INFINITY: MINUS_INFINITY, NaN: NAN } = Number;
const [LEAST, GREATEST] = [Number.MIN_VALUE, Number.MAX_VALUE];
/** Draws of each kind of arguments. */
const DRAWS = 1000;

/** [arguments, value] by Object.is, which tells the zeros apart and finds NaN. */
function are(f: (...x: number[]) => number, known: readonly (readonly [readonly number[], number])[]): void {
  for (const [x, value] of known) assert.ok(Object.is(f(...x), value), `${f.name}(${x}) = ${f(...x)}`);
}

describe("elementary", {
  "exp is within 0.8 units in the last place of the exact value (seed 1)"() {
    const x = new Arguments(1);
    staysWithin(0.8, exp, exactly.exp, DRAWS, () => [x.between(-708, 709.78)]);
    staysWithin(0.8, exp, exactly.exp, DRAWS, () => [x.between(-1, 1)]);
    staysWithin(0.8, exp, exactly.exp, DRAWS, () => [x.magnitude(-60, 9)]);
    // below 2⁻¹⁰²² the result is rounded a second time
    staysWithin(1, exp, exactly.exp, DRAWS, () => [x.between(-745, -708)]);
    for (const at of [709.782712893384, -745.1332191019411, LEAST, -LEAST])
      staysWithin(1, exp, exactly.exp, 1, () => [at]);
  },
  "exp: special values": () =>
    are(exp, [
      ...([0, -0, LEAST, -LEAST].map((x) => [[x], 1]) as [number[], number][]),
      [[INFINITY], INFINITY],
      [[MINUS_INFINITY], 0],
      [[NAN], NAN],
      [[709.7827128933841], INFINITY],
      [[1e300], INFINITY],
      [[-745.1332191019412], 0],
      [[-1e300], 0],
    ]),

  "log is within 0.8 units in the last place of the exact value (seed 2)"() {
    const x = new Arguments(2);
    staysWithin(0.8, log, exactly.log, DRAWS, () => [Math.abs(x.magnitude(-1074, 1024))]);
    staysWithin(0.8, log, exactly.log, DRAWS, () => [x.between(0.25, 4)]);
    staysWithin(0.8, log, exactly.log, DRAWS, () => [1 + x.magnitude(-52, -2)]);
    for (const at of [LEAST, 11 * LEAST, powerOfTwo(-1022), GREATEST, 1 - powerOfTwo(-53), 1 + powerOfTwo(-52)])
      staysWithin(0.8, log, exactly.log, 1, () => [at]);
  },
  "log: special values": () =>
    are(log, [
      [[1], 0],
      [[0], MINUS_INFINITY],
      [[-0], MINUS_INFINITY],
      [[INFINITY], INFINITY],
      [[-1], NAN],
      [[MINUS_INFINITY], NAN],
      [[NAN], NAN],
      [[2], Math.LN2],
      [[10], Math.LN10],
    ]),

  "log1p is within 0.8 units in the last place of the exact value (seed 3)"() {
    const x = new Arguments(3);
    staysWithin(0.8, log1p, exactly.log1p, DRAWS, () => [Math.abs(x.magnitude(-1074, 1024))]);
    staysWithin(0.8, log1p, exactly.log1p, DRAWS, () => [x.between(-0.999, 3)]);
    staysWithin(0.8, log1p, exactly.log1p, DRAWS, () => [x.magnitude(-70, 0)]);
    for (const at of [LEAST, -LEAST, -1 + powerOfTwo(-53), GREATEST])
      staysWithin(0.8, log1p, exactly.log1p, 1, () => [at]);
  },
  "log1p: special values": () =>
    are(log1p, [
      [[0], 0],
      [[-0], -0],
      [[LEAST], LEAST],
      [[-1], MINUS_INFINITY],
      [[INFINITY], INFINITY],
      [[-1.5], NAN],
      [[MINUS_INFINITY], NAN],
      [[NAN], NAN],
      [[1], Math.LN2],
    ]),

  "tanh is within 0.8 units in the last place of the exact value (seed 4)"() {
    const x = new Arguments(4);
    staysWithin(0.8, tanh, exactly.tanh, DRAWS, () => [x.between(-21, 21)]);
    staysWithin(0.8, tanh, exactly.tanh, DRAWS, () => [x.between(-1, 1)]);
    staysWithin(0.8, tanh, exactly.tanh, DRAWS, () => [x.magnitude(-60, 5)]);
  },
  "tanh is odd; special values"() {
    const x = new Arguments(5);
    for (let i = 0; i < DRAWS; i++) {
      const at = x.magnitude(-40, 5);
      assert.is(tanh(-at), -tanh(at));
    }
    are(tanh, [
      [[0], 0],
      [[-0], -0],
      [[LEAST], LEAST],
      [[30], 1],
      [[INFINITY], 1],
      [[MINUS_INFINITY], -1],
      [[NAN], NAN],
    ]);
  },

  "hypot is within 0.6 units in the last place of the exact value (seed 6)"() {
    const x = new Arguments(6);
    staysWithin(0.6, hypot, exactly.hypot, DRAWS, () => [x.between(-1, 1), x.between(-1, 1)]);
    const near = (): [number, number] => {
      const a = x.magnitude(-990, 1000);
      return [a, a * x.magnitude(-30, 23)];
    };
    staysWithin(0.6, hypot, exactly.hypot, DRAWS, near);
    // below 2⁻¹⁰²² the result is rounded a second time
    staysWithin(0.8, hypot, exactly.hypot, DRAWS, () => [x.magnitude(-1074, 1023), x.magnitude(-1074, 1023)]);
    staysWithin(0.8, hypot, exactly.hypot, DRAWS, () => [x.magnitude(-1074, -1000), x.magnitude(-1074, -1000)]);
  },
  "hypot: special values, and triples of Pythagoras at every scale"() {
    for (let n = -1074; n <= 1019; n++) assert.is(hypot(3 * powerOfTwo(n), -4 * powerOfTwo(n)), 5 * powerOfTwo(n));
    are(hypot, [
      [[0, -0], 0],
      [[-0, -0], 0],
      [[-7, 0], 7],
      [[0, LEAST], LEAST],
      [[1e200, 1], 1e200],
      [[GREATEST, GREATEST], INFINITY],
      [[INFINITY, NAN], INFINITY],
      [[NAN, MINUS_INFINITY], INFINITY],
      [[NAN, 0], NAN],
      [[1, NAN], NAN],
    ]);
  },

  "the bits are those recorded, in every engine (seed 8)"() {
    const x = new Arguments(8);
    const positive = () => Math.abs(x.magnitude(-1074, 1024));
    const digests = {
      exp: bitsOf(4096, () => exp(x.between(-746, 710))),
      log: bitsOf(4096, () => log(positive())),
      log1p: bitsOf(4096, () => log1p(x.between(-1, 3))),
      tanh: bitsOf(4096, () => tanh(x.magnitude(-30, 5))),
      hypot: bitsOf(4096, () => hypot(x.magnitude(-30, 30), x.magnitude(-30, 30))),
    };
    assert.equal(digests, {
      exp: 2627029130,
      log: 2202595421,
      log1p: 2770150735,
      tanh: 3192939228,
      hypot: 521962858,
    });
  },
});
