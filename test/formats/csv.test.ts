import fc from "fast-check";
import { equal } from "uvu/assert";
import { readCsv } from "../../src/formats/csv.ts";
import { holds, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const read = (text: string) => readCsv(new TextEncoder().encode(text), "a.csv");
const refused = (text: string, message: RegExp) => refuses(() => read(text), "DataError", message);

describe("csv", {
  "rows of numbers are read, with or without a header": () => {
    equal(read("1,2\n3,-4.5e-3\n"), { rows: 2, columns: 2, data: Float64Array.of(1, 2, 3, -4.5e-3) });
    equal(read("x,y\r\n1,2\r\n"), { rows: 1, columns: 2, data: Float64Array.of(1, 2) });
    equal(read('\ufeff"x"\n "7" \n+.5\n6.\n\n'), { rows: 3, columns: 1, data: Float64Array.of(7, 0.5, 6) });
    equal([...read("nan,-inf,Infinity").data].map(String), ["NaN", "-Infinity", "Infinity"]);
  },
  "what is no table of numbers is refused with its place": () => {
    refused("", /^csv: a\.csv: expected rows of numbers, got nothing$/);
    refused("x,y\n", /expected rows of numbers, got a header alone/);
    refused("1,2\n3\n", /expected 2 cells in line 2, as in line 1, got 1/);
    refused("x,y\n1,2\n3,4,5\n", /expected 2 cells in line 3, as in line 1, got 3/);
    refused("x,y\n1,2,3\n", /expected 2 cells in line 2/);
    refused("1,\n", /expected a number in line 1, column 2, got an empty cell/);
    refused("1,2\n\n3,4\n", /expected 2 cells in line 2, as in line 1, got 1/);
    refused("1\n\n3\n", /expected a number in line 2, column 1, got an empty cell/);
    refused("1,2\n3,0x10\n", /line 2, column 2, got "0x10"/);
    refused("1;2\n3;4\n", /line 2, column 1, got "3;4"/);
    refuses(() => readCsv(Uint8Array.of(0x31, 0xff), "a.csv"), "DataError", /expected text in UTF-8/);
  },
  "any text is read or refused": () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("1", "-", ".", "e", ",", "\n", "\r", '"', " ", "nan", "x"), { maxLength: 20 }),
        (parts) => holds(() => read(parts.join(""))),
      ),
      { seed: 1, numRuns: 300, includeErrorInReport: true },
    ),
});
