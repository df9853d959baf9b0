import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { isThere } from "../../src/files/ownFile.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

describe("own files", {
  "what cannot be looked at is not taken for missing"() {
    const folder = mkdtempSync(join(tmpdir(), "brenier-own-"));
    try {
      writeFileSync(join(folder, "file"), "");
      symlinkSync(join(folder, "nowhere"), join(folder, "link"));
      assert.equal(
        ["file", "link", "nothing"].map((name) => isThere(join(folder, name))),
        [true, true, false],
      );
      throws(() => isThere(join(folder, "x".repeat(5000))), "ENAMETOOLONG");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});
