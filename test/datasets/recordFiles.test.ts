import { appendFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { CacheBudget, RecordFiles } from "../../src/datasets/recordFiles.ts";
import { describe } from "../support/suite.ts";
import { inFolder, refuses } from "./fixture.ts";

/** Files of 7 and 5 records of 3 bytes, after 4 bytes and 0 bytes of something else. */
function files(folder: string) {
  const of = (first: number, count: number, start: number) =>
    Uint8Array.from({ length: start + 3 * count }, (_, i) => (i < start ? 255 : 3 * first + i - start));
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  writeFileSync(a, of(0, 7, 4));
  writeFileSync(b, of(7, 5, 0));
  return [
    { path: a, start: 4, count: 7 },
    { path: b, start: 0, count: 5 },
  ] as const;
}

describe("record files", {
  "any numbers are read in their order, across files, whatever the cache holds (seed 5)": () =>
    inFolder((folder) => {
      const found = files(folder);
      for (const bytes of [0, 3, 18, 1000]) {
        const records = new RecordFiles(found, 3, new CacheBudget(bytes));
        is(records.count, 12);
        fc.assert(
          fc.property(fc.array(fc.nat(11), { maxLength: 30 }), (numbers) =>
            equal(
              [...records.read(numbers)],
              numbers.flatMap((n) => [3 * n, 3 * n + 1, 3 * n + 2]),
            ),
          ),
          { seed: 5, numRuns: 60 },
        );
      }
    }),
  "what is kept stays within the budget, and is read without the file": () =>
    inFolder((folder) => {
      const found = files(folder);
      const kept = new RecordFiles(found, 3, new CacheBudget(36));
      const none = new RecordFiles(found, 3, new CacheBudget(35));
      const all = Array.from({ length: 12 }, (_, n) => n);
      for (const records of [kept, none]) records.read(all);
      for (const { path } of found) rmSync(path);
      is(kept.read(all)[35], 35);
      refuses(() => none.read([0]), "DataError", /^data: cannot read .*a: ENOENT/);
      const budget = new CacheBudget(10);
      equal([budget.take(6), budget.take(6), budget.take(4)], [true, false, true]);
    }),
  "a file that is missing, short, a folder, or changes meanwhile is refused by name": () =>
    inFolder((folder) => {
      const [a, b] = files(folder);
      const open = (...found: ConstructorParameters<typeof RecordFiles>[0]) =>
        new RecordFiles(found, 3, new CacheBudget(0));
      refuses(() => open({ ...a, path: join(folder, "no") }), "DataError", /^data: cannot read .*no: it is missing$/);
      refuses(() => open({ ...a, path: folder }), "DataError", /expected a file at .*, got a folder or device$/);
      refuses(() => open({ ...a, count: 8 }), "DataError", /a: expected 28 bytes, got 25; the file is cut short$/);
      const records = open(a, b);
      is(records.read([11])[2], 35);
      appendFileSync(b.path, "x");
      refuses(() => records.read([11]), "DataError", /b: expected the file as it was, got one that changed meanwhile/);
      is(records.read([0])[2], 2);
      utimesSync(a.path, 1, 1);
      refuses(() => records.read([0]), "DataError", /a: expected the file as it was, got one that changed meanwhile/);
      refuses(() => open(a).read([7]), "RangeError", /expected `indices` from 0 to 6, got 7 at position 0/);
    }),
});
