import fc from "fast-check";
import * as assert from "uvu/assert";
import { type Flag, integer, parseArguments, real, text, toggle, UsageError } from "../../src/cli/arguments.ts";
import { describe } from "../support/suite.ts";

const flags = {
  count: integer("N", "", 0),
  size: integer("N", "", 1, 1024),
  rate: real("X", "", 0, 1),
  out: text("DIR", ""),
  all: toggle(""),
  wish: { value: "words", help: "", optional: true, parse: (given: string) => given } satisfies Flag<string>,
};

/** What the parser makes of these arguments: its values, or its message. */
function outcome(...args: readonly string[]): unknown {
  try {
    return parseArguments(args, flags, ["NAME ..."]).values;
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as Error).message;
  }
}

describe("arguments", {
  "--name value and --name=value are the same, and a refusal says what was given (seed 1, 500 values)"() {
    const number = fc.oneof(fc.integer().map(String), fc.double().map(String), fc.constantFrom("-.5", "-0", "1e3"));
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((given) => !/^-[^\d.]/.test(given));
    const name = fc.constantFrom("count", "size", "rate", "out");
    fc.assert(
      fc.property(name, fc.oneof(number, word), (flag, given) => {
        const joined = outcome(`--${flag}=${given}`);
        assert.equal(outcome(`--${flag}`, given), joined);
        if (typeof joined !== "string") return;
        const shown = /[\s\p{Cc}]/u.test(given) ? JSON.stringify(given) : given;
        assert.ok(joined.startsWith(`--${flag}: expected a`) && joined.endsWith(`, got ${shown}`), joined);
        assert.not.ok(joined.includes("\n"), joined);
      }),
      { seed: 1, numRuns: 500 },
    );
  },

  "a value that is missing, empty or another flag is told of, for every flag that has one"() {
    for (const [flag, { value }] of Object.entries(flags)) {
      if (flag === "all" || flag === "wish") continue;
      assert.is(outcome(`--${flag}`), `--${flag}: expected ${value}, got nothing`);
      assert.is(outcome(`--${flag}=`), `--${flag}: expected ${value}, got nothing`);
      assert.is(outcome(`--${flag}`, ""), `--${flag}: expected ${value}, got nothing`);
      for (const next of ["--all", "-h", "--", "--nothing"]) {
        const message = `--${flag}: expected ${value}, got the flag ${next}; a value is written --${flag}=${next}`;
        assert.is(outcome(`--${flag}`, next), message);
      }
    }
    assert.equal(outcome("--out=--all", "--all"), { out: "--all", all: true });
    assert.equal(outcome("--out", "-"), { out: "-" });
    assert.equal(outcome("--", "--out"), {});
  },

  "a flag whose value may be left out takes none from the next argument"() {
    assert.equal(outcome("--wish", "word", "--count", "2"), { wish: "", count: 2 });
    assert.equal(outcome("--wish=word"), { wish: "word" });
    assert.equal(outcome("--wish="), { wish: "" });
  },

  "whole numbers end at 2^53 - 1"() {
    assert.equal(outcome("--count", "9007199254740991"), { count: 2 ** 53 - 1 });
    assert.is(
      outcome("--count", "9007199254740992"),
      "--count: expected an integer of at least 0 and at most 9007199254740991, got 9007199254740992",
    );
    assert.is(outcome("--count", "-3"), "--count: expected an integer of at least 0, got -3");
    assert.is(
      outcome("--size", "9007199254740992"),
      "--size: expected an integer from 1 to 1024, got 9007199254740992",
    );
  },
});
