import fc from "fast-check";
import * as assert from "uvu/assert";
import { editDistance, nearestName } from "../../src/kernels/nearestName.ts";
import { describe } from "../support/suite.ts";

/** The definition, by recursion over both words' ends. */
function byDefinition(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const [shortA, shortB] = [a.slice(0, -1), b.slice(0, -1)];
  const replaced = byDefinition(shortA, shortB) + (a.at(-1) === b.at(-1) ? 0 : 1);
  return Math.min(replaced, byDefinition(shortA, b) + 1, byDefinition(a, shortB) + 1);
}

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 });

describe("editDistance", {
  "agrees with its definition"() {
    fc.assert(
      fc.property(word, word, (a, b) => assert.is(editDistance(a, b), byDefinition(a, b))),
      { seed: 1, numRuns: 200 },
    );
  },

  "knows the examples of the field"() {
    assert.is(editDistance("kitten", "sitting"), 3);
    assert.is(editDistance("", "abc"), 3);
    assert.is(editDistance("saturday", "sunday"), 3);
  },

  "finds the name that was meant, the first on ties"() {
    assert.is(nearestName("epoch", ["batch", "epochs", "seed"]), "epochs");
    assert.is(nearestName("ab", ["aa", "bb"]), "aa");
  },
});
