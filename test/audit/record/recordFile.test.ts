// A disk that is full for one write, in the middle of a record.
import fs, { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { RecordFile } from "../../../src/audit/record/recordFile.ts";
import { inFolder } from "../../datasets/fixture.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const { writeSync } = fs;

/** Writes half of what it gets, then reports a full disk; later calls succeed. */
function fullOnce(): void {
  fs.writeSync = ((file: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
    writeSync(file, bytes, offset, length >> 1, position);
    throw new Error("ENOSPC: no space left on device, write");
  }) as unknown as typeof writeSync;
  syncBuiltinESMExports();
}

describe("record file", {
  "lines that follow lost ones are never written, so that at most the last line is torn": () =>
    inFolder((folder) => {
      const path = join(folder, "audit.jsonl");
      const file = new RecordFile(path);
      file.write('{"line":1}\n');
      file.flush();
      file.write('{"line":2}\n');
      fullOnce();
      const failure = `audit: cannot write ${path}: ENOSPC: no space left on device, write`;
      throws(() => file.flush(), failure);
      file.write('{"line":3}\n');
      throws(() => file.flush(), failure);
      throws(() => file.close(), failure);
      assert.is(readFileSync(path, "utf8"), '{"line":1}\n{"lin');
    }),
});
