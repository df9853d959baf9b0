// The transport command on float64 clouds far from 0: the files that it writes fit the file that it
// read.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { writeFileAtomic } from "../../src/files/atomicWrite.ts";
import { encodeNpy, readNpy } from "../../src/formats/npy.ts";
import { farCloud, givenChi2 } from "../ot/instances.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-far-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const array = (...path: string[]) => readNpy(readFileSync(join(folder, ...path)), path.join("/"));

describe("transport command far from 0", {
  async "heights.npy holds for the rows of the file, exactly and by samples"() {
    for (const offset of [1000, 1e6]) {
      for (const [d, flags] of [
        [2, ["--exact"]],
        [3, ["--chi2", "0.02"]],
      ] as const) {
        const name = `far-${offset}-${d}`;
        const { given } = farCloud(200, d, offset);
        writeFileAtomic(join(folder, `${name}.npy`), encodeNpy({ shape: [200, d], dtype: "<f8", data: given }));
        writeFileAtomic(
          join(folder, `${name}-x.npy`),
          encodeNpy({ shape: [1, d], dtype: "<f8", data: new Float64Array(d).fill(0.25) }),
        );
        const args = [`${name}.npy`, ...flags, "--apply", `${name}-x.npy`, "--out", name];
        const { code, err } = await command(folder, "transport", args);
        assert.is(code, 0, err);
        const heights = array(name, "heights.npy").data as Float64Array;
        const chi2 = givenChi2(given, d, heights, 80_000);
        assert.ok(chi2 < (d === 2 ? 1.5e-3 : 0.023), `${name}: ${chi2}`);
        const scores = Array.from(heights, (h, i) => {
          let score = h;
          for (let k = 0; k < d; k++) score += 0.25 * (given[i * d + k] as number);
          return score;
        });
        const i = scores.indexOf(Math.max(...scores));
        assert.equal([...array(name, "mapped.npy").data], [...given.subarray(i * d, (i + 1) * d)]);
      }
    }
  },
});
