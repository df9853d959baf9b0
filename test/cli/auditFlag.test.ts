import * as assert from "uvu/assert";
import { describeFlags, parseArguments, UsageError } from "../../src/cli/arguments.ts";
import { auditFlag } from "../../src/cli/auditFlag.ts";
import { describe } from "../support/suite.ts";

const flags = { audit: auditFlag };
const parse = (...args: string[]) => parseArguments(args, flags, []).values.audit;

describe("auditFlag", {
  "reads each of its forms"() {
    assert.is(parse(), undefined);
    assert.equal(parse("--audit"), { level: "commands", every: 1 });
    assert.equal(parse("--audit=digests"), { level: "digests", every: 1 });
    assert.equal(parse("--audit=every:100"), { level: "commands", every: 100 });
    assert.equal(parse("--audit=digests,every:100"), { level: "digests", every: 100 });
    assert.equal(parse("--audit=every:3,digests"), { level: "digests", every: 3 });
  },

  "refuses anything else"() {
    for (const text of [
      "all",
      "every",
      "every:0",
      "every:1.5",
      "every:-1",
      "digests:2",
      "digests,digests",
      ",",
      "every:1:2",
    ]) {
      assert.throws(
        () => parse(`--audit=${text}`),
        (error: Error) => error instanceof UsageError && error.message.startsWith("--audit: expected"),
        text,
      );
    }
    assert.throws(
      () => parse("--audit", "digests"),
      (error: Error) => error instanceof UsageError && /expected no arguments/.test(error.message),
    );
  },

  "shows that its value may be left out"() {
    assert.match(describeFlags(flags), /--audit\[=digests,every:N\] {2}record every command/);
  },
});
