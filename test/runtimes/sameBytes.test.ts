// The same run has the same bytes in every runtime. What the device computes is the driver's; what
// the host adds is made of operations that IEEE 754 defines, and no engine's `Math` reaches it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { describe } from "../support/suite.ts";
import { TINY, tinyFolder } from "../support/tinyRun.ts";
import { BUN, NODE_22, NODE_24 } from "./programs.ts";

const root = process.cwd();
/** Programs by name; the first is the Node that runs this test. */
const RUNTIMES: readonly (readonly [name: string, program: string])[] = [
  [`Node ${process.versions.node}`, process.execPath],
  ["Node 22", NODE_22],
  ["Node 24", NODE_24],
  ["Bun", BUN],
];

const folder = tinyFolder();
const random = hostRandom(1, 0);
const rows = Array.from({ length: 60 }, () => `${random.normal()},${random.normal()}`);
writeFileSync(join(folder, "plane.csv"), `${rows.join("\n")}\n`);

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Runs a built entry in the folder of the pictures. */
function run(program: string, entry: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, [join(root, "dist", `${entry}.js`), ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.is(status, 0, `${program} ${entry} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

/** Digests of all results of a small run, of transports in the plane, and of drawn pictures. */
function results(program: string): Readonly<Record<string, string>> {
  const out = mkdtempSync(join(tmpdir(), "brenier-runtime-"));
  try {
    const run1 = join(out, "run");
    run(program, "train", [...TINY.filter((flag) => flag !== "--audit"), "--out", run1]);
    for (const extension of ["facet", "local"]) {
      const file = join(out, `${extension}.npy`);
      run(program, "generate", [run1, "--count", "9", "--extension", extension, "--out", file]);
    }
    run(program, "transport", ["plane.csv", "--exact", "--out", join(out, "exact")]);
    run(program, "transport", ["plane.csv", "--chi2", "0.1", "--out", join(out, "sampled")]);
    const files = [
      "run/model.safetensors",
      "run/transport.safetensors",
      "run/generator.safetensors",
      "run/samples.png",
      "run/reconstructions.png",
      "facet.npy",
      "local.npy",
      "exact/heights.npy",
      "exact/masses.npy",
      "sampled/heights.npy",
    ];
    return Object.fromEntries(files.map((file) => [file, sha256(join(out, file))]));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

describe("runtimes", {
  "are there"() {
    for (const [name, program] of RUNTIMES) {
      assert.ok(existsSync(program), `expected ${name} at ${program}; run \`npm run test:runtimes\``);
      const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
      assert.is(status, 0, name);
      assert.match(stdout, /^v?\d+\.\d+/, name);
    }
  },

  "compute the same bytes: training, transport by samples and exactly, drawing"() {
    const [[, first = ""] = [], ...others] = RUNTIMES;
    const expected = results(first);
    for (const [name, program] of others) assert.equal(results(program), expected, name);
  },
});
