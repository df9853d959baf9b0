import * as assert from "uvu/assert";
import { Failures } from "../../src/cluster/failures.ts";
import { describe } from "../support/suite.ts";

/** Whether the last of these failures ends a job, by workers or by nobody known. */
function ends(crew: readonly string[], ...failures: readonly (string | undefined)[]): boolean {
  const all = new Failures();
  for (const worker of failures) all.add(worker);
  return all.areEnough(crew);
}

describe("failures of a job", {
  "are enough at the third, at a worker that is alone or at all that are there"() {
    assert.equal([ends(["a"], "a"), ends(["a"], "a", "a"), ends(["a"], "a", "a", "a")], [false, false, true]);
    assert.is(ends([], "a", "a", "a"), true);
    assert.is(ends(["a", "b"], "a", "b", "a"), true);
    assert.is(ends(["a", "b", "c", "d"], "a", "b", "c"), true);
    assert.is(ends(["a", "b"], undefined, undefined, undefined), true);
  },

  "of one worker do not end a job that others have not tried, but for its tenth"() {
    assert.is(ends(["a", "b"], ...new Array(9).fill("a")), false);
    assert.is(ends(["a", "b"], ...new Array(10).fill("a")), true);
    assert.is(ends(["a", "b", "c"], "a", "b", "a", "b"), false);
  },
});
