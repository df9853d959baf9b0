// The experiment in the plane, on few rows: that its numbers are what they must be, and that
// nothing is done twice.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { decodePng } from "../../../src/codecs/decodePng.ts";
import type { Result } from "../../../src/experiments/lab/report.ts";
import { type ReproduceOptions, reproduce } from "../../../src/experiments/lab/reproduce.ts";
import { planarExperiment } from "../../../src/experiments/plane/planar.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";

const gpu = await openGpu();
const root = mkdtempSync(join(tmpdir(), "brenier-planar-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));

const config = {
  targets: 250,
  generated: 1000,
  epochs: 1,
  batch: 100,
  hidden: 16,
  mixture: { seeds: 2, baselines: ["GAN", "WGAN-GP"] },
  curve: { seeds: 1, baselines: ["GAN"] },
} as const;
const experiments = [planarExperiment({ cpu: config, gpu: config })];
const again = async (more: Partial<ReproduceOptions> = {}): Promise<readonly string[]> => {
  const lines: string[] = [];
  await reproduce({
    gpu,
    folder: root,
    dataRoot: root,
    seed: 1,
    profile: "cpu",
    experiments,
    names: ["planar"],
    signal: new AbortController().signal,
    progress: { update() {}, begin() {}, end: (line) => lines.push(line) },
    ...more,
  });
  return lines.filter((line) => line.includes(" done in "));
};
const path = join(root, "results", "planar.json");
const done = await again();
const text = readFileSync(path, "utf8");
const { findings } = JSON.parse(text) as Result;
const rowsOf = (title: string) => findings.tables.find((table) => table.title.startsWith(title))?.rows ?? [];
const SETS = ["Ring of 8 Gaussians", "Grid of 25 Gaussians", "Swiss roll", "Three spirals"] as const;

describe("planar", {
  async "stopped in the second seed of a GAN, it goes on there and finds the same"() {
    const folder = join(root, "stopped");
    const controller = new AbortController();
    const stopping: Partial<ReproduceOptions> = {
      folder,
      progress: {
        update(_at, _of, label) {
          if (label.includes("ring: GAN 2")) controller.abort(new Error("stopped"));
        },
        begin() {},
        end() {},
      },
      signal: controller.signal,
    };
    await rejects(again(stopping), "stopped");
    assert.is(readdirSync(join(folder, "trained")).filter((name) => name.endsWith(".state")).length, 1);
    await again({ folder });
    const { findings: found } = JSON.parse(readFileSync(join(folder, "results", "planar.json"), "utf8")) as Result;
    assert.equal(found.tables, findings.tables);
  },

  "every set has its rows of finite numbers"() {
    for (const [at, title] of SETS.entries()) {
      const mixture = at < 2;
      const rows = rowsOf(title).filter((row) => row[1] !== null);
      assert.equal(
        rows.map(([system]) => system),
        [
          "fresh rows",
          "the targets",
          "transport, plain",
          "transport, facet",
          "transport, local",
          "transport, chart",
          "GAN",
          ...(mixture ? ["WGAN-GP"] : []),
        ],
      );
      for (const [system, , quality, kl] of rows) {
        assert.ok(Number(quality) >= 0 && Number(quality) <= 100, `${title}, ${system}: ${quality}`);
        assert.ok(Number(kl) >= -1e-12 && Number(kl) <= Math.log(60), `${title}, ${system}: ${kl}`);
      }
      for (const row of rowsOf(title)) assert.is(row.length, findings.tables[at]?.columns.length);
    }
  },

  "even targets have KL 0; plain gives them back, local makes all rows new; untrained GANs are far off"() {
    for (const title of SETS.slice(0, 2)) {
      const of = (system: string) => rowsOf(title).find(([name]) => name === system) ?? [];
      // 250 are no multiple of 8, which leaves a KL of 1e-4
      assert.ok(Number(of("the targets")[3]) < 2e-4);
      assert.is(of("transport, plain")[5], 0);
      assert.is(of("transport, local")[5], 1);
      assert.ok(Number(of("transport, plain")[2]) > 97);
      assert.ok(Number(of("GAN")[2]) < 50);
    }
  },

  "claims are met where their own numbers say so, and have a cause where not"() {
    assert.is(findings.claims.length, 12);
    for (const { claim, required, reached, met, cause } of findings.claims) {
      const numbers = reached.match(/[\d.]+/g)?.map(Number) ?? [];
      const bound = Number(required.match(/[\d.]+$/)?.[0]);
      const expected = claim.includes("modes")
        ? reached === required
        : claim.includes("KL")
          ? (numbers[0] as number) <= bound
          : numbers.every((each) => Math.abs(each - 98.89) <= 1);
      assert.is(met, expected, claim);
      assert.is(cause === undefined, met, claim);
    }
  },

  "each set has a picture of four panels"() {
    assert.is(findings.pictures.length, 4);
    for (const { file } of findings.pictures) {
      const { width, height } = decodePng(readFileSync(join(root, "pictures", file)), file);
      assert.ok(width > 1000 && height > width);
    }
  },

  async "a second run does nothing; without the result it makes the same of the parts"() {
    assert.is(done.length, 10);
    assert.equal(await again(), []);
    rmSync(path);
    assert.equal(await again(), []);
    assert.ok(existsSync(path));
    assert.equal((JSON.parse(readFileSync(path, "utf8")) as Result).findings, findings);
  },
});
