import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { RELEASE } from "../../src/adapter/release.ts";
import { describe } from "../support/suite.ts";

describe("the release", {
  "is the version of package.json"() {
    assert.is(RELEASE, JSON.parse(readFileSync("package.json", "utf8")).version);
  },
});
