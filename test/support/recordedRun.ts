// Trains a small model on the PNG files of DATA with the build in DIST, and records the run in
// FOLDER:
// `node recordedRun.js DIST FOLDER DATA LEVEL`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [dist = "", folder = "", data = "", level = "digests"] = process.argv.slice(2);

const load = (file: string): Promise<unknown> => import(pathToFileURL(join(resolve(dist), file)).href);
const ot = (await load("ot/index.js")) as typeof import("../../src/ot/index.ts");
const models = (await load("models/index.js")) as typeof import("../../src/models/index.ts");
const { recordAudit } = (await load("audit/index.js")) as typeof import("../../src/audit/index.ts");
const { openGpu } = (await load("node.js")) as typeof import("../../src/node.ts");
const { loadDataset } = (await load("datasets/dataset.js")) as typeof import("../../src/datasets/dataset.ts");
const { saveModel } = (await load("run/modelFile.js")) as typeof import("../../src/run/modelFile.ts");
const { sealed } = (await load("run/seal.js")) as typeof import("../../src/run/seal.ts");
const { saveTransport } = (await load("run/transportFile.js")) as typeof import("../../src/run/transportFile.ts");

const { train } = await loadDataset(data, "data");
const { height, width, channels, count } = train;
const config = {
  version: "0",
  profile: "test",
  data,
  limit: count,
  epochs: 1,
  batch: 8,
  chi2: 0.5,
  theta: 0.7,
  samples: 4,
  learningRate: 1e-3,
  seed: 1,
  model: { height, width, channels, latent: 6 },
  source: "gaussian",
  extension: "facet",
} as const;
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "config.json"), JSON.stringify(config));
const gpu = await openGpu();
const recorder = await recordAudit(gpu, { folder, level: level === "digests" ? "digests" : "commands" });
recorder.phase({ stage: "autoencoder" });
const model = models.createAutoencoder(gpu, config.model, models.initParameters(config.model, config.seed));
const images = train;
const training = new models.Training(models.autoencoderTask(model), images, {
  epochs: 1,
  batch: 8,
  seed: 1,
  learningRate: 1e-3,
});
while (training.step < training.steps) {
  recorder.phase({ stage: "autoencoder", epoch: training.epoch, step: training.step + 1 });
  training.next();
  await recorder.drain();
}
training.dispose();
recorder.phase({ stage: "calibration" });
const calibration = await models.calibrate(model, images);
recorder.phase({ stage: "codes" });
const codes = ot.points("codes", await models.encodeImages(model, calibration, images), config.model.latent);
recorder.phase({ stage: "transport" });
const problem = ot.createProblem(codes, { source: config.source });
const { heights } = await ot.solve(gpu, problem, {
  chi2: config.chi2,
  seed: config.seed,
  async onStep() {
    await recorder.drain();
  },
});
recorder.phase({ stage: "samples" });
const map = ot.createMap(gpu, problem, heights);
await models.generate(
  { model, calibration, map, rule: { name: "facet", angle: config.theta } },
  { count: config.samples, seed: config.seed },
);
recorder.phase({ stage: "save" });
await saveModel(join(folder, "model.safetensors"), model, calibration);
saveTransport(join(folder, "transport.safetensors"), map);
const { summary, timing } = sealed(await recorder.finish(), { level: recorder.level, every: 1 });
writeFileSync(join(folder, "timing.json"), JSON.stringify({ audit: timing }));
writeFileSync(join(folder, "summary.json"), JSON.stringify({ audit: summary }));
await gpu.dispose();
