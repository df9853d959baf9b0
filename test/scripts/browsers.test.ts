// What the tests' set-up does on a machine without browsers, decided without touching it.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";

const { planBrowsers } = await import(pathToFileURL(join(process.cwd(), "scripts/browsers.mjs")).href);
const missing = ["chromium", "firefox-esr"];

describe("browsers for the tests", {
  "are installed on Debian by root, where they are missing"() {
    assert.equal(planBrowsers({ missing: [], system: undefined, root: false }), { steps: [] });
    const { steps } = planBrowsers({ missing, system: "debian", root: true });
    assert.equal(steps[0], { run: ["apt-get", "update"], mayFail: true });
    assert.equal(steps[1].run.slice(-2), missing);
  },

  "are the user's to install elsewhere"() {
    assert.match(planBrowsers({ missing, system: "debian", root: false }).tell, "run `sudo apt-get install");
    for (const system of ["ubuntu", "fedora", undefined]) {
      assert.match(planBrowsers({ missing, system, root: true }).tell, "install Chromium as /usr/bin/chromium");
    }
  },
});
