// What a kernel's rule says that a dispatch writes is what it writes.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { moved } from "../../../src/audit/references/written.ts";
import { describe } from "../../support/suite.ts";

/** Lengths and strides of a box within a larger tensor, from axis 0 on, as `move` has them. */
const boxes = fc
  .array(fc.record({ length: fc.integer({ min: 1, max: 4 }), gap: fc.integer({ min: 1, max: 3 }), more: fc.nat(2) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((axes) => {
    let room = 1;
    return axes.map(({ length, gap, more }) => {
      const stride = room * gap;
      room = stride * (length + more);
      return { length, stride, room };
    });
  });

describe("written values", {
  "of a box are those that it reaches, whatever its strides (seed 1)"() {
    fc.assert(
      fc.property(boxes, fc.nat(5), (axes, yStart) => {
        const count = yStart + (axes.at(-1)?.room ?? 1);
        const expected = new Set(
          axes.reduce(
            (places, { length, stride }) =>
              places.flatMap((place) => Array.from({ length }, (_, i) => place + i * stride)),
            [yStart],
          ),
        );
        const params = Object.fromEntries(
          axes.flatMap(({ length, stride }, a) => [
            [`n${a}`, length],
            [`y${a}`, stride],
          ]),
        );
        const dispatch = { params: { ...params, yStart }, constants: { AXES: axes.length }, workgroups: [1, 1, 1] };
        const written = moved(dispatch, "y", count);
        for (let i = 0; i < count; i++) {
          const is = typeof written === "function" ? written(i) : written === "all";
          assert.is(is, expected.has(i), `value ${i}`);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  },
});
