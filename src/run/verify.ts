import { join } from "node:path";
import type { OpenedGpu } from "../adapter/opened.ts";
import { pausing } from "../adapter/pause.ts";
import { versions } from "../adapter/versions.ts";
import { checkRecord, type Held } from "../audit/read/checkRecord.ts";
import { differing, titleOf } from "../audit/read/diff.ts";
import { readHeader, readRecord } from "../audit/record/readRecord.ts";
import type { Header, Line } from "../audit/record/record.ts";
import { type Checked, Checker, VerifyError } from "../audit/references/checker.ts";
import { loadDataset } from "../datasets/dataset.ts";
import { limitImages } from "../datasets/images.ts";
import { isThere } from "../files/ownFile.ts";
import { readOwnBytes } from "../files/readBytes.ts";
import { DataError } from "../formats/error.ts";
import { dispose, type Resource } from "../kernels/dispose.ts";
import { type Cancellable, type Signal, throwIfAborted } from "../kernels/signal.ts";
import type { ImageSource, TrainingState } from "../models/training/training.ts";
import { decodeCheckpoint } from "./checkpoint.ts";
import { checkpointsIn } from "./checkpoints.ts";
import { type RunConfig, readConfig } from "./config.ts";
import { loadModel } from "./modelFile.ts";
import { type Replay, type Replayed, replaySamples, replayStart, replayTraining, replayTransport } from "./replay.ts";
import { sealOf } from "./seal.ts";
import { PRINCIPAL, trainingSteps } from "./stages.ts";
import { loadTransport } from "./transportFile.ts";

/** The first and last training step to check, counted from 1. */
export type Steps = readonly [first: number, last: number];

/** A recorded run, whose record was held to what the run says of it. */
export interface RecordedRun {
  readonly folder: string;
  readonly header: Header;
  readonly config: RunConfig;
  readonly images: ImageSource;
  /** Undefined for the first step and the stages after the training. */
  readonly steps: Steps | undefined;
  /** How much of the record is held without a replay. */
  readonly held: Held;
  /** Whether summary.json, which is written last, is there. */
  readonly finished: boolean;
}

/**
 * Reads a recorded run and holds its record to timing.json and summary.json, or to the last
 * checkpoint of a run that is not finished. This needs no GPU.
 *
 * @throws RangeError for steps that the training does not have; DataError for a folder without a
 *   record, and for a record that was cut or changed; the reason of a signal that is aborted.
 */
export async function readRun(
  folder: string,
  { steps, signal }: Cancellable & { readonly steps?: Steps | undefined } = {},
): Promise<RecordedRun> {
  const header = readHeader(folder);
  const config = readConfig(join(folder, "config.json"));
  const { train } = await loadDataset(config.data, "data", signal);
  const count = Math.min(train.count, config.limit);
  const most = trainingSteps(config, count);
  const last = steps?.[1] ?? 1;
  if (last > most) throw new RangeError(`verify: expected steps up to ${most}, got ${last}; see config.json`);
  const finished = isThere(join(folder, "summary.json"));
  const held = await checkRecord(folder, sealOf(folder, header), { signal });
  return { folder, header, config, images: limitImages(train, count), steps, held, finished };
}

export interface VerifyOptions extends Cancellable {
  readonly say: (text: string) => void;
  /** Called for each output that was compared. */
  readonly report: (checked: Checked) => void;
}

type Command = Exclude<Line, { kind: "submit" }>;

/** How many commands of the chain a verification covers; the three add up to `commands`. */
export interface Verified {
  readonly commands: number;
  /** Commands that have the same bytes as in the replay. */
  readonly replayed: number;
  /** Others whose lines the hash chain holds, or the sha256 of the file: see `Held.by`. */
  readonly held: number;
  /** Those left out by `every`, and those after the last checkpoint of an unfinished run. */
  readonly uncovered: number;
  /** Why the bytes were not compared, if so. */
  readonly note: string | undefined;
}

/**
 * Replays parts of a recorded run on the GPU and compares every op with its float64 reference, and
 * the bytes with the record. Throws VerifyError for the first op or command that differs, and the
 * reason of a signal that is aborted meanwhile.
 */
export async function verifyRun(gpu: OpenedGpu, run: RecordedRun, options: VerifyOptions): Promise<Verified> {
  const { folder, header, config, images, held } = run;
  const { signal } = options;
  const checker = new Checker(gpu, gpu.queue(), (checked) => {
    throwIfAborted(signal);
    options.report(checked);
  });
  const replay: Replay = { gpu, config, checker, say: options.say, signal };
  const note = otherwise(header, gpu);
  let [replayed, alsoHeld] = [0, 0];
  const hold = (again: Replayed, recorded: readonly Command[]): void => {
    if (note !== undefined) return;
    const equal = compare(recorded, again);
    replayed += equal.length;
    alsoHeld += equal.filter(({ seq = 0 }) => seq < held.before).length;
  };
  const owned: Resource[] = [checker];
  const verified = (): Verified => {
    const rest = held.held - alsoHeld;
    return { commands: held.commands, replayed, held: rest, uncovered: held.commands - replayed - rest, note };
  };
  try {
    const steps = run.steps ?? ([1, 1] as const);
    const record = await recordedSteps(folder, steps, signal);
    // The whole run is checked from its beginning, single steps from the nearest checkpoint.
    const state = run.steps === undefined ? undefined : stateBefore(folder, steps[0]);
    if (state === undefined) {
      const { start, lines } = await replayStart(replay, images);
      hold(lines, await firstOf(folder, PRINCIPAL, signal));
      hold(await replayTraining(replay, images, steps, { start }), record);
    } else hold(await replayTraining(replay, images, steps, { state }), record);
    if (run.steps !== undefined) return verified();
    const modelPath = join(folder, "model.safetensors");
    const transportPath = join(folder, "transport.safetensors");
    if (!run.finished) {
      options.say("the run is not finished: only its training was checked");
      return verified();
    }
    const { model, calibration } = loadModel(modelPath, gpu, config.model);
    owned.push(model, calibration);
    hold(await replayTransport(replay, images, model, calibration), await firstOf(folder, "transport", signal));
    const map = loadTransport(transportPath, gpu, config.model.latent);
    owned.push(map);
    await replaySamples(replay, model, calibration, map);
    return verified();
  } finally {
    dispose(...owned);
  }
}

/** The state of the run's last checkpoint before a training step; undefined where there is none. */
function stateBefore(folder: string, step: number): TrainingState | undefined {
  for (const path of checkpointsIn(folder)) {
    try {
      const { state } = decodeCheckpoint(readOwnBytes(path), path);
      if (state.stage === "autoencoder" && state.training !== undefined && state.training.step < step)
        return state.training;
    } catch (error) {
      // This checkpoint is damaged, and an earlier one serves as well.
      if (!(error instanceof DataError)) throw error;
    }
  }
  return undefined;
}

/**
 * The reason why the bytes of a replay may differ from those of the record; undefined if they must
 * not.
 */
function otherwise({ adapter, kernels, versions: recorded }: Header, gpu: OpenedGpu): string | undefined {
  const pairs = [
    ["adapter", adapter, gpu.adapter],
    ["kernels", kernels, gpu.choice.kernels],
    ["versions", recorded, versions()],
  ] as const;
  const other = pairs.find(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b));
  return other === undefined ? undefined : `recorded with other ${other[0]}: bytes were not compared`;
}

/** The numbered commands of a stage. */
async function* commandsOf(folder: string, stage: string, signal: Signal | undefined): AsyncGenerator<Command, void> {
  for await (const line of pausing(readRecord(folder), signal)) {
    if (line.kind !== "submit" && line.seq !== undefined && line.stage === stage) yield line;
  }
}

/** The recorded commands of the given training steps. */
async function recordedSteps(folder: string, [first, last]: Steps, signal: Signal | undefined): Promise<Command[]> {
  const commands: Command[] = [];
  for await (const line of commandsOf(folder, "autoencoder", signal)) {
    if (line.step === undefined || line.step < first) continue;
    if (line.step > last) break;
    commands.push(line);
  }
  return commands;
}

/** The recorded commands of a stage from its beginning up to the first gap. */
async function firstOf(folder: string, stage: string, signal: Signal | undefined): Promise<Command[]> {
  const commands: Command[] = [];
  for await (const line of commandsOf(folder, stage, signal)) {
    const last = commands.at(-1);
    if (last !== undefined && line.seq !== (last.seq ?? 0) + 1) break;
    commands.push(line);
  }
  return commands;
}

/**
 * Compares the commands that both have, in order and without downloads, which depend on what the
 * caller reads. Returns those that were equal.
 */
function compare(recorded: readonly Command[], replayed: Replayed): Command[] {
  const worked = (lines: readonly Line[]): Command[] =>
    lines.filter((line): line is Command => line.kind !== "submit" && line.kind !== "download");
  const again = worked(replayed);
  const groups = new Map<string, Command[]>();
  for (const line of worked(recorded)) {
    const key = `${line.stage} ${line.stage === "autoencoder" ? line.step : ""}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const equal: Command[] = [];
  for (const [key, lines] of groups) {
    const counterpart = again.filter(
      (line) => `${line.stage} ${line.stage === "autoencoder" ? line.step : ""}` === key,
    );
    for (let i = 0; i < Math.min(lines.length, counterpart.length); i++) {
      const a = lines[i] as Command;
      const b = counterpart[i] as Command;
      const field = differing(placeless(a), placeless(b));
      if (field === undefined) {
        equal.push(a);
        continue;
      }
      throw new VerifyError(
        `verify: the replay parts from the record at command ${a.seq}, ${titleOf(a)}: ${field} differs: ` +
          `${excerpt(a, field)} recorded, ${excerpt(b, field)} now`,
      );
    }
  }
  return equal;
}

/** A command without the fields that depend on its place in a phase. */
const placeless = (line: Command): Command =>
  ({
    ...line,
    epoch: undefined,
    step: undefined,
    buffers: line.buffers.map((use) => ({ ...use, tensor: 0 })),
  }) as unknown as Command;

function excerpt(line: Command, field: string): string {
  const [name = "", output] = field.split(".");
  const value = (line as unknown as Readonly<Record<string, unknown>>)[name];
  const digest =
    output === undefined ? value : (value as Record<string, { sha256: string }> | undefined)?.[output]?.sha256;
  return JSON.stringify(digest ?? null).slice(0, 120);
}
