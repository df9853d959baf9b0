import { createRequire } from "node:module";
import * as assert from "uvu/assert";
import { MissingPackageError, optionalPackage } from "../../src/files/optionalPackage.ts";
import { describe } from "../support/suite.ts";

const require = createRequire(import.meta.url);

describe("optional packages", {
  "one that is missing is named, with the command that installs it"() {
    const load = () => optionalPackage("no-such-package", "wonders", () => require("no-such-package"));
    assert.throws(
      load,
      /^no-such-package: expected the optional package `no-such-package`, which wonders need, got none; run `npm install no-such-package`$/,
    );
    try {
      load();
    } catch (error) {
      assert.instance(error, MissingPackageError);
    }
  },

  "one that is missing in Deno is named as well"() {
    const error = Object.assign(new TypeError('Import "x" not a dependency\n    at file:///a.js:1:8\n'), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    const load = (): never => {
      throw error;
    };
    assert.throws(() => optionalPackage("x", "wonders", load), /run `npm install x`$/);
    assert.throws(() => optionalPackage("y", "wonders", load), /Import "x" not a dependency/);
  },

  "one that is there is loaded, and its own errors are passed on"() {
    assert.is(typeof optionalPackage("pngjs", "PNG pictures", () => require("pngjs")).PNG, "function");
    assert.throws(
      () => optionalPackage("pngjs", "PNG pictures", () => require("no-such-package")),
      /Cannot find module/,
    );
  },
});
