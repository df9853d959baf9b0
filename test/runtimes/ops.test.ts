// Tests of ops on wgpu, which Deno has in place of Dawn: their files run there with `openGpu` of
// `brenier/web` where they ask for Node's.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";
import { DENO } from "./programs.ts";

/** Files, and how many tests each has for every family: one for `portable`, two for `tiled`. */
const FILES = ["biasAdd", "sum", "product/matmul", "convolution/conv2d"] as const;

const built = join(process.cwd(), ".test-build");
const url = (path: string): string => pathToFileURL(join(built, path)).href;
const map = join(built, "denoImports.json");
writeFileSync(map, JSON.stringify({ imports: { [url("src/adapter/openGpu.js")]: url("src/adapter/web/openGpu.js") } }));

/** Runs a file in Deno; gives what it printed, with its exit code in the end. */
const run = (file: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const flags = ["--allow-all", "--no-lock", "--import-map", map];
    const child = spawn(DENO, ["run", ...flags, join(built, `test/tensor/ops/${file}.test.js`)], {
      env: { ...process.env, NO_COLOR: "1" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve(`${output}\nexit code ${code}`));
  });

describe("ops on wgpu, in Deno", {
  async "are as right as on Dawn"() {
    const outputs = await Promise.all(FILES.map(run));
    for (const [i, output] of outputs.entries()) {
      const [, total, passed] = /Total: +(\d+)\n +Passed: +(\d+)/.exec(output) ?? [];
      assert.ok(total !== undefined && total === passed && Number(total) > 0, `${FILES[i]}: ${output}`);
      assert.match(output, /exit code 0$/, FILES[i]);
      for (const kernels of ["portable", "tiled"]) assert.match(output, new RegExp(`, ${kernels}\\b.* kernels`));
    }
  },
});
