import { readFileSync } from "node:fs";
import { join } from "node:path";
import { versions } from "../adapter/versions.ts";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { isThere } from "../files/ownFile.ts";
import { sha256 } from "../files/sha256.ts";
import { log } from "../math/elementary.ts";
import { powerOfTwo } from "../math/float64.ts";
import { STREAMS } from "../math/streams.ts";
import { type Autoencoder, createAutoencoder } from "../models/autoencoder/autoencoder.ts";
import {
  type Calibrated,
  calibrateAndEncode,
  codesBefore,
  createCalibration,
  normalisedCodes,
  readCalibration,
} from "../models/autoencoder/calibrate.ts";
import { encodeGenerator } from "../models/generator/generatorFile.ts";
import { encodeModel, readModel } from "../models/generator/modelFile.ts";
import { encodeTransport } from "../models/generator/transportFile.ts";
import { evaluateCells } from "../ot/cells/evaluation.ts";
import { createMap } from "../ot/map/map.ts";
import { padded, points } from "../ot/points.ts";
import { createProblem, gatherForDevice } from "../ot/problem.ts";
import type { Learned } from "./checkpoint.ts";
import { removeCheckpoints } from "./checkpoints.ts";
import { readConfig } from "./config.ts";
import type { RunContext } from "./context.ts";
import { lockRun } from "./lock.ts";
import { withRecovery } from "./recovery.ts";
import { fittedRule } from "./rule.ts";
import { writeJson } from "./runDirectory.ts";
import { originOf, Session } from "./session.ts";
import { begin, draw, learn, reconstruct, trainingSteps, transportTo } from "./stages.ts";
import { TrainReport } from "./trainReport.ts";

/** The contents of summary.json. */
export type Summary = Readonly<Record<string, unknown>> & {
  readonly chi2: number;
  readonly reconstructionMse: number;
  readonly transport: { readonly stop: string };
};

/** Least number of independent samples for the last count of the cells. */
const LEAST_CHECK = 65_536;

/**
 * Independent samples for the last count of N cells, whose statement is χ² with its deviation and
 * which cells are empty. The deviation is then at most a sixteenth of the asked χ², as in the
 * solver. A cell of the right mass 1 / N stays empty among M samples with probability e^(−M/N), so
 * that M = N ln 1000 N leaves one of all empty by chance with probability .001.
 */
export const checkSize = (count: number, chi2: number): number =>
  Math.max(LEAST_CHECK, count * log(1000 * count), (16 * Math.sqrt(2 * count)) / chi2);

/**
 * A whole run in one folder: trains and calibrates the autoencoder, solves the transport onto its
 * codes and draws samples. It continues from the folder's newest checkpoint, if there is one, and
 * ends with the same bytes as a run that was never stopped. config.json comes first and
 * summary.json last; the files of a stage appear whole when the stage is done. When a device is
 * lost, another is opened.
 *
 * @throws RunDirectoryError when another run holds the folder, NonFiniteError naming the op that
 *   made the first NaN, DeviceLostError after three losses without a checkpoint between them.
 */
export async function trainRun(context: RunContext): Promise<Summary> {
  const { config, folder, checkpoints } = context;
  const path = join(folder, "config.json");
  const release = await lockRun(folder, { tell: context.progress.end, signal: context.signal });
  try {
    if (!isThere(path)) writeJson(path, config);
    const report = context.report === true ? new TrainReport(context) : undefined;
    const reporting = { ...context, progress: report?.progress ?? context.progress };
    const session = new Session(reporting, await originOf(context), report);
    try {
      if (readConfig(path).data !== config.data) writeJson(path, config); // the images have moved
      report?.write();
      const summary = await withRecovery(session, () => attempt(session));
      if (checkpoints.keep !== Number.POSITIVE_INFINITY) removeCheckpoints(folder);
      return summary;
    } catch (error) {
      report?.fail(error, context.signal.aborted);
      throw error;
    } finally {
      session.close();
    }
  } finally {
    await release();
  }
}

/** Completes the run from the session's state, on one device. */
async function attempt(session: Session): Promise<Summary> {
  const { state, gpu } = session;
  const { config, folder, data, checkpoints, signal, cluster } = session.context;
  await session.watch();
  session.phase({ stage: session.path === undefined ? "autoencoder" : "resume" });
  const start = await begin(session);
  if (state.stage === "autoencoder" && state.training === undefined) session.phase({ stage: "autoencoder" });
  const model = createAutoencoder(gpu, config.model, start);
  const { learned, calibration, raw } = await learnt(session, model);
  const images = data.train;
  const solver = state.stage === "transport" ? state.solver : undefined;
  // The codes existed before the checkpoint, or at least those before their normalisation.
  const again = solver !== undefined || state.stage === "samples";
  const codes = await session.timed("codes", async () => {
    if (raw === undefined) session.phase({ stage: "resume" });
    const before = raw ?? (await codesBefore(model, calibration, images, { signal }));
    session.phase({ stage: again ? "resume" : "codes" });
    return normalisedCodes(model, calibration, before, { signal });
  });
  session.report?.codes(codes);
  const problem = gatherForDevice(
    createProblem(points("codes", codes, config.model.latent), { source: config.source }),
  );
  session.phase({ stage: again ? "resume" : "transport" });
  const solved = await session.timed("transport", async () =>
    state.stage === "samples" ? state.solved : transportTo(session, problem, solver),
  );
  session.phase({ stage: "check" });
  const map = createMap(gpu, problem, solved.heights);
  const { evaluation: last, counts } = await session.timed("check", () => {
    const { flips, inflation } = solved;
    const count = padded(inflation * checkSize(data.train.count, config.chi2));
    const samples = { seed: config.seed, stream: STREAMS.source.centres, first: powerOfTwo(40), count, flips, signal };
    const counter = cluster?.open(map.problem.targets, map.problem.source) ?? map.cells;
    counter.setHeights(map.heights);
    return evaluateCells(counter, map.problem.nu, samples);
  });
  session.report?.masses({
    masses: counts.map((count) => count / last.samples),
    asked: map.problem.nu,
    counted: { samples: last.samples, inflation: solved.inflation },
  });
  session.phase({ stage: "samples" });
  const { rule, share } = await session.timed("samples", async () => {
    const fitted = await fittedRule(map, config, { signal });
    return { rule: fitted, share: await draw(session, { model, calibration, map, rule: fitted }) };
  });
  session.phase({ stage: "save" });
  const values = await readModel({ model, calibration });
  const parts = { ...values, config: config.model, transport: map, rule, version: config.version };
  writeFileAtomic(join(folder, "model.safetensors"), encodeModel(values));
  writeFileAtomic(join(folder, "transport.safetensors"), encodeTransport(map));
  writeFileAtomic(join(folder, "generator.safetensors"), encodeGenerator(parts));
  const audit = await session.finishRecord();
  const { seconds, memory } = session;
  const all = Object.values(seconds).reduce((sum, s) => sum + s, 0);
  writeJson(join(folder, "timing.json"), {
    seconds: { ...seconds, all: Number(all.toFixed(2)) },
    peakBytes: Math.max(gpu.memory().peak, ...Object.values(memory).map(({ peak }) => peak)),
    ...(audit === undefined ? {} : { audit: audit.timing }),
    keep: checkpoints.keep === Number.POSITIVE_INFINITY ? "all" : checkpoints.keep,
  });
  const summary = {
    chi2: last.chi2,
    chi2Deviation: last.sd,
    chi2Target: config.chi2,
    emptyCells: last.empty,
    reconstructionMse: learned.reconstructionMse,
    sharpening: calibration.sharpening,
    trainingLoss: learned.trainingLoss,
    shareExtended: share,
    ...(rule.name === "facet" && { angle: rule.angle }),
    images: { train: data.train.count, heldOut: data.heldOut.count },
    transport: {
      steps: solved.steps,
      samples: solved.samplesInAll,
      stop: solved.stop,
      alpha: solved.alpha,
      flips: solved.flips,
      inflation: solved.inflation,
    },
    adapter: gpu.adapter,
    kernels: { ...gpu.choice.kernels, by: gpu.choice.by, tuning: gpu.choice.tuning },
    ...(cluster?.isMixed === true ? { mixed: true } : {}),
    versions: versions(),
    seed: config.seed,
    profile: config.profile,
    ...(audit === undefined ? {} : { audit: audit.summary }),
    sha256: digestsOf(folder, ["model.safetensors", "transport.safetensors", "generator.safetensors", "samples.png"]),
  };
  await session.report?.finish(summary, seconds);
  writeJson(join(folder, "summary.json"), summary);
  return summary;
}

/** The trained model: it is trained here, or read from a later checkpoint. */
async function learnt(
  session: Session,
  model: Autoencoder,
): Promise<Pick<Calibrated, "calibration"> & Partial<Calibrated> & { readonly learned: Learned }> {
  const { config, data, signal } = session.context;
  const { engine, parameters } = model;
  const { state } = session;
  if (state.stage !== "autoencoder") {
    const { learned } = state;
    engine.write(parameters.flat, learned.parameters);
    return { learned, calibration: createCalibration(engine, learned) };
  }
  const images = data.train;
  const trainingLoss = await session.timed("autoencoder", () => learn(session, model, state.training));
  session.phase({ stage: "calibration" });
  const { calibration, raw } = await session.timed("calibration", () => calibrateAndEncode(model, images, { signal }));
  session.phase({ stage: "reconstruction" });
  const reconstructionMse = await session.timed("reconstruction", () => reconstruct(session, model, calibration));
  const read = async (): Promise<Learned> => ({
    parameters: await engine.read(parameters.flat),
    ...(await readCalibration(engine, calibration)),
    trainingLoss,
    reconstructionMse,
  });
  await session.save(trainingSteps(config, data.train.count), async () => ({
    stage: "transport",
    learned: await read(),
  }));
  if (session.state.stage !== "transport") throw new Error("run: expected the checkpoint that was just written");
  const { learned } = session.state;
  return { learned, calibration, raw };
}

/** SHA-256 of files of the run, by name. */
function digestsOf(folder: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, sha256(readFileSync(join(folder, name)))]));
}
