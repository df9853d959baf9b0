// The package as it is published: its declarations for the oldest compiler that is supported, and
// what the tools of the ecosystem say of it.
import { spawnSync } from "node:child_process";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";
import { BESIDE, typeChecks } from "../support/typePrograms.ts";

const PACKAGES = "test/runtimes/node_modules";

// The DOM library of TypeScript 5.9 has no types of WebGPU: programs that name them bring some.
const withTypes = Object.entries(BESIDE).map(([name, its]) => {
  const files = its.types.includes("@webgpu/types") ? its.files : its.files.filter((file) => file !== "device.ts");
  return [name, { ...its, files }] as const;
});

describe(
  "declarations, by TypeScript 5.9",
  typeChecks(Object.fromEntries(withTypes), `${PACKAGES}/typescript59/bin/tsc`),
);

function run(tool: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${PACKAGES}/${tool}`, ...args], {
    encoding: "utf8",
  });
  assert.is(status, 0, `${stdout}${stderr}`);
}

describe("the package", {
  "has no fault that publint knows"() {
    run("publint/src/cli.js", "--strict");
  },

  "resolves with its types wherever modules are"() {
    run("@arethetypeswrong/cli/dist/index.js", "--pack", ".", "--profile", "esm-only");
  },
});
