// What are no numbers is refused where the library takes numbers, instead of being converted.
import { checkNumbers } from "../../src/kernels/numbers.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { solveClasses } from "../../src/ot/classes.ts";
import { points } from "../../src/ot/points.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const gpu = await testEngine();

const WRONG = [
  [["1", "2"], 'expected numbers, got the text "1" at 0; convert it to a number'],
  [[1, [2]], "expected numbers, got an array at 1; give `values.flat(Infinity)`"],
  [[1, undefined], "expected numbers, got undefined at 1"],
  [[null, 1], "expected numbers, got null at 0"],
  [[1, true], "expected numbers, got true at 1"],
  [[1n, 2n], "expected numbers, got 1n at 0"],
  [BigInt64Array.of(1n, 2n), "expected numbers, got 1n at 0"],
  ["12", 'expected numbers in an array, got the text "12"'],
  [new Set([1, 2]), "expected numbers in an array, got an object"],
] as const;

describe("numbers", {
  "arrays and typed arrays of numbers pass, whatever these are"() {
    for (const values of [[1, Number.NaN], [], new Float64Array(2), Int8Array.of(1), { length: 1, 0: 5 }]) {
      checkNumbers("x", values);
    }
  },

  async "anything else is refused with its place, as masses, labels and heights"() {
    const y = points("y", [0, 1], 1);
    using cells = new Cells(gpu, y);
    for (const [wrong, message] of WRONG) {
      const values = wrong as never;
      throws(() => checkNumbers("x", values), `x: ${message}`);
      if (message.startsWith("expected numbers in")) continue;
      throws(() => cells.setHeights(values), `cells: heights \`h\`: ${message}`);
      await rejects(solveClasses(gpu, y, values), `solveClasses: \`labels\`: ${message}`);
      await rejects(solveClasses(gpu, y, [0, 0], { nu: values }), `solveClasses: \`nu\`: ${message}`);
    }
  },
});
