// The comparison of systems on a few seven-segment digits: that it ends, resumes, and says what its
// numbers say.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { decodePng } from "../../../src/codecs/decodePng.ts";
import { experiment } from "../../../src/experiments/lab/experiment.ts";
import type { Result } from "../../../src/experiments/lab/report.ts";
import { reproduce } from "../../../src/experiments/lab/reproduce.ts";
import { accuracyExperiment } from "../../../src/experiments/pictures/accuracy.ts";
import { openEvaluationClassifier } from "../../../src/experiments/pictures/evaluationClassifier.ts";
import { extensionExperiment } from "../../../src/experiments/pictures/extension.ts";
import { pictures } from "../../../src/experiments/pictures/pictures.ts";
import { digits, idx, writeDigits } from "../../support/digits.ts";
import { describe } from "../../support/suite.ts";

const gpu = await openGpu();
const root = mkdtempSync(join(tmpdir(), "brenier-pictures-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));
writeDigits(root, 240, 220);
// The test digits have speckles of their own, so that none of them is a training digit.
const speckled = digits(220).map((p, i) => Math.min(255, p + ((i * 7919) % 97 < 3 ? 90 : 0)));
writeFileSync(join(root, "data", "mnist", "t10k-images-idx3-ubyte"), idx([220, 28, 28], speckled));

const learning = { data: "mnist", images: 240, epochs: 2, batch: 20, latent: 6, chi2: 0.5, generated: 240 } as const;
const both = <C>(config: C) => ({ cpu: config, gpu: config });
const compared = pictures("compared", "Systems", both({ ...learning, baselines: ["VAE", "GAN"] }));
const extended = extensionExperiment(both({ ...learning, angles: [0.7], spreads: [0.5] }));
const accurate = accuracyExperiment(both({ ...learning, targets: 200, steps: [2, 20], chi2: [0.01] }));

const judge = { data: "mnist", epochs: 12, batch: 20, turned: 240 };
const judged = experiment({
  name: "judged",
  title: "A judge of pictures without labels",
  data: ["mnist"],
  configs: both(judge),
  work: () => 1,
  async run(workspace) {
    const { classifier, accuracy, test } = await openEvaluationClassifier(workspace, judge);
    classifier.dispose();
    const rows = [[accuracy, test.labels.length, test.probabilities.length]];
    const columns = ["right", "pictures", "probabilities"].map((name) => ({ name, digits: 3 }));
    return { tables: [{ title: "Judge", columns, rows }], claims: [], pictures: [] };
  },
});

const experiments = [compared, extended, accurate, judged];
const lines: string[] = [];
await reproduce({
  gpu,
  folder: join(root, "out"),
  dataRoot: join(root, "data"),
  seed: 1,
  profile: "cpu",
  experiments,
  names: experiments.map(({ name }) => name),
  progress: { update() {}, begin() {}, end: (line) => lines.push(line) },
  signal: new AbortController().signal,
});
const resultOf = (name: string): Result =>
  JSON.parse(readFileSync(join(root, "out", "results", `${name}.json`), "utf8")) as Result;

describe("experiments on pictures", {
  "every system has its row of finite scores, in ranges that scores have"() {
    const [table] = resultOf("compared").findings.tables;
    assert.equal(
      table?.rows.map(([system]) => system),
      [
        "real training images",
        "the same, drawn with replacement",
        "PCA, reconstruction",
        "PCA, facet",
        "reconstruction",
        "AE-OT, facet",
        "AE-OT, facet, balanced",
        "AE-OT, local",
        "AE-OT, chart",
        "AE-OT, as published",
        "AE + Gaussian",
        "VAE",
        "GAN",
      ],
    );
    for (const [system, fcd, floor, excess, ...rest] of table?.rows ?? []) {
      assert.ok(Math.abs(Number(excess) - (Number(fcd) - Number(floor))) < 1e-9, String(system));
      assert.ok(Number(fcd) >= 0 && Number(floor) >= 0, String(system));
      const [precision, recall, f8, f1over8, novelty, drift] = rest.map(Number);
      for (const share of [precision, recall, f8, f1over8, drift])
        assert.ok(Number(share) >= 0 && Number(share) <= 1, `${system}`);
      assert.ok(Number(novelty) >= 0);
    }
  },

  "a judge of pictures without labels tells how far they are turned, and judges them upright"() {
    const [[right, pictures, probabilities] = []] = resultOf("judged").findings.tables[0]?.rows ?? [];
    assert.ok(Number(right) >= 0.5 && Number(right) <= 1, `right about ${right} of four turns`);
    assert.equal([pictures, probabilities], [220, 4 * 220]);
  },

  "real training images are at their own floor, and copies are not new"() {
    const [real] = resultOf("compared").findings.tables[0]?.rows ?? [];
    assert.is(real?.[3], 0);
    assert.is(real?.[8], 0);
  },

  "claims say whether they are met by their own numbers"() {
    const { claims } = resultOf("compared").findings;
    for (const baseline of ["VAE", "GAN"]) {
      const found = claims.find(({ claim }) => claim.endsWith(`below ${baseline}'s`));
      assert.ok(found !== undefined);
      assert.is(found.met, Number(found.reached) < Number(found.required.slice(2)));
    }
  },

  "the reconstruction is held to PCA's error, and below it or missed"() {
    const found = resultOf("compared").findings.claims.find(({ claim }) => claim.endsWith("below PCA's"));
    assert.ok(found !== undefined);
    assert.ok(Number(found.reached) > 0);
    assert.is(found.met, Number(found.reached) < Number(found.required.slice(2)));
  },

  "a system that was not run is a claim that was missed"() {
    const { claims } = resultOf("compared").findings;
    for (const baseline of ["WAE-MMD", "WGAN-GP"]) {
      const found = claims.find(({ claim }) => claim.endsWith(`below ${baseline}'s`));
      assert.equal([found?.reached, found?.met], ["not measured", false]);
    }
    for (const { claim, met, cause } of claims) assert.is(cause === undefined, met, claim);
  },

  "the picture has a row for each system"() {
    const { findings } = resultOf("compared");
    const [picture] = findings.pictures;
    const { height } = decodePng(readFileSync(join(root, "out", "pictures", picture?.file ?? "")), "picture");
    assert.is(height, 2 + 13 * (2 * 28 + 2));
  },

  "rules of extension: plain copies, the spread moves, Algorithm 2 alone rejects"() {
    const rows = resultOf("extension").findings.tables[0]?.rows ?? [];
    const of = (rule: string) => rows.find(([name]) => String(name).startsWith(rule)) ?? [];
    assert.is(of("plain")[3], 0);
    assert.is(of("local")[3], 1);
    for (const [rule, , accepted] of rows)
      if (!String(rule).startsWith("Algorithm 2")) assert.is(accepted, 1, String(rule));
  },

  "a smaller χ² is reached with more samples"() {
    const rows = resultOf("accuracy").findings.tables[0]?.rows ?? [];
    assert.equal(
      rows.map(([heights]) => heights),
      ["all 0", "warm start, 2 steps", "warm start, 20 steps", "χ² 0.01 asked"],
    );
    const chi2 = rows.map((row) => Number(row[1]));
    assert.ok((chi2[3] ?? 1) < (chi2[2] ?? 0) && (chi2[2] ?? 1) < (chi2[0] ?? 0), `${chi2}`);
    for (const at of [1, 2, 3]) assert.ok(Number(rows[at]?.[2]) > Number(rows[at - 1]?.[2]), "samples");
  },

  "experiments share the classifier and the codes: they are trained once"() {
    assert.is(lines.filter((line) => line.includes("autoencoder done")).length, 1);
    assert.ok(!lines.some((line) => line.startsWith("extension: autoencoder")));
  },
});
