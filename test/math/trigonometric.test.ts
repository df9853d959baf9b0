import * as assert from "uvu/assert";
import { powerOfTwo } from "../../src/math/float64.ts";
import { atan2, cos, sin, tan } from "../../src/math/trigonometric.ts";
import { exactly } from "../support/exact.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";
import { Arguments, bitsOf, staysWithin } from "../support/ulps.ts";

const { POSITIVE_INFINITY: INFINITY, NEGATIVE_INFINITY: MINUS_INFINITY, NaN: NAN } = Number;
const LEAST = Number.MIN_VALUE;
const LIMIT = (powerOfTwo(20) * Math.PI) / 2;
/** Draws of each kind of arguments. */
const DRAWS = 1000;

const is = (actual: number, expected: number): void =>
  assert.ok(Object.is(actual, expected), `${actual}, expected ${expected}`);

describe("trigonometric", {
  "sin, cos and tan are within 0.9 units in the last place of the exact value (seed 1)"() {
    const x = new Arguments(1);
    for (const [f, exact] of [
      [sin, exactly.sin],
      [cos, exactly.cos],
      [tan, exactly.tan],
    ] as const) {
      staysWithin(0.9, f, exact, DRAWS, () => [x.between(0, 2 * Math.PI)]);
      staysWithin(0.9, f, exact, DRAWS, () => [x.between(-LIMIT, LIMIT)]);
      staysWithin(0.9, f, exact, DRAWS, () => [x.magnitude(-60, 20)]);
      // next to multiples of a quarter turn, where most digits cancel
      staysWithin(0.9, f, exact, DRAWS, () => [(Math.PI / 2) * Math.floor(x.between(1, powerOfTwo(20)))]);
    }
  },
  "sin and tan are odd, cos is even"() {
    const x = new Arguments(2);
    for (let i = 0; i < DRAWS; i++) {
      const at = x.magnitude(-30, 20);
      assert.is(sin(-at), -sin(at));
      assert.is(tan(-at), -tan(at));
      assert.is(cos(-at), cos(at));
    }
  },
  "sin, cos and tan: special values, and angles that are refused"() {
    for (const f of [sin, tan]) for (const x of [0, -0, LEAST, -LEAST]) is(f(x), x);
    for (const x of [0, -0, LEAST]) is(cos(x), 1);
    for (const f of [sin, cos, tan]) for (const x of [INFINITY, MINUS_INFINITY, NAN]) is(f(x), NAN);
    is(sin(Math.PI / 2), 1);
    is(cos(Math.PI), -1);
    is(tan(Math.PI / 4), 1 - powerOfTwo(-53));
    is(sin(Math.PI / 6), 0.5 - powerOfTwo(-54));
    for (const [name, f] of Object.entries({ sin, cos, tan }))
      for (const x of [1.65e6, -1e22])
        throws(() => f(x), `${name}: expected an angle of at most 2^20 quarter turns, got ${x}; take off whole turns`);
  },

  "atan2 is within 0.6 units in the last place of the exact value (seed 3)"() {
    const x = new Arguments(3);
    staysWithin(0.6, atan2, exactly.atan2, DRAWS, () => [x.between(-1, 1), x.between(-1, 1)]);
    staysWithin(0.6, atan2, exactly.atan2, DRAWS, () => {
      const a = x.magnitude(-990, 990);
      return [a * x.magnitude(-31, 31), a];
    });
    staysWithin(0.6, atan2, exactly.atan2, DRAWS, () => [x.magnitude(-1074, 1024), x.magnitude(-1074, 1024)]);
  },
  "atan2: the quadrants, and what is zero or infinite"() {
    const quarter = Math.PI / 2;
    const cases: readonly (readonly [y: number, x: number, angle: number])[] = [
      [1, 1, Math.PI / 4],
      [1, 0, quarter],
      [1, -0, quarter],
      [1, -1, (3 * Math.PI) / 4],
      [0, 1, 0],
      [0, -1, Math.PI],
      [0, 0, 0],
      [0, -0, Math.PI],
      [1, INFINITY, 0],
      [1, MINUS_INFINITY, Math.PI],
      [INFINITY, 1, quarter],
      [INFINITY, -1, quarter],
      [INFINITY, INFINITY, Math.PI / 4],
      [INFINITY, MINUS_INFINITY, (3 * Math.PI) / 4],
      [LEAST, 1, LEAST],
      [LEAST, LEAST, Math.PI / 4],
      [LEAST, 4, 0],
      [1e-300, 1e300, 0],
      [1e300, -1e-300, quarter],
    ];
    for (const [y, x, angle] of cases) {
      is(atan2(y, x), angle);
      is(atan2(-y, x), -angle);
    }
    for (const x of [0, 1, INFINITY, NAN]) {
      is(atan2(NAN, x), NAN);
      is(atan2(x, NAN), NAN);
    }
  },

  "the bits are those recorded, in every engine (seed 4)"() {
    const x = new Arguments(4);
    const digests = {
      sin: bitsOf(4096, () => sin(x.magnitude(-30, 20))),
      cos: bitsOf(4096, () => cos(x.magnitude(-30, 20))),
      tan: bitsOf(4096, () => tan(x.magnitude(-30, 20))),
      atan2: bitsOf(4096, () => atan2(x.magnitude(-30, 30), x.magnitude(-30, 30))),
    };
    assert.equal(digests, { sin: 345907261, cos: 1272357873, tan: 2919641308, atan2: 3033784145 });
  },
});
