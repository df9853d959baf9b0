import { rmSync } from "node:fs";
import { join } from "node:path";
import type { OpenedGpu } from "../adapter/opened.ts";
import { pause } from "../adapter/pause.ts";
import { versions } from "../adapter/versions.ts";
import { type Phase, RECORD } from "../audit/record/record.ts";
import { recordAudit } from "../audit/record/recordAudit.ts";
import type { Recorder, RecorderState } from "../audit/record/recorder.ts";
import { digestOf } from "../datasets/images.ts";
import { askGuards } from "../files/atomicWrite.ts";
import { sha256 } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import type { Checkpoint, RunState } from "./checkpoint.ts";
import { readCheckpoint, removeTemporaries, writeCheckpoint } from "./checkpoints.ts";
import type { RunContext } from "./context.ts";
import type { StageMemory } from "./reportParts.ts";
import { JsonLines } from "./runDirectory.ts";
import { type Sealed, sealed } from "./seal.ts";
import type { TrainReport } from "./trainReport.ts";

const LOG = "log.jsonl";

const FRESH: RunState = { stage: "autoencoder", trainingLoss: Number.NaN };

/** Stages that report their own progress. */
const TELLING: readonly string[] = ["autoencoder", "transport"];

/** The log, clock, checkpoints and record of a run, which outlive its devices. */
export class Session {
  readonly context: RunContext;
  readonly report: TrainReport | undefined;
  /** The device in use: the first one, or the one that was opened after a loss. */
  gpu: OpenedGpu;
  readonly #log: JsonLines;
  /**
   * The state from which the run continues after a fault: the last checkpoint, or its beginning.
   */
  state: RunState = FRESH;
  /** Path of the last checkpoint; undefined before the first. */
  path: string | undefined;
  readonly #origin: Origin;
  #seconds: Readonly<Record<string, number>> = {};
  #memory: Readonly<Record<string, StageMemory>> = {};
  #stage = "";
  #stageStart = 0;
  #saved = performance.now();
  #savedStep = 0;
  #audit: RecorderState | undefined;
  #recorder: Recorder | undefined;
  #isLogLost = false;

  /**
   * Continues from the newest whole checkpoint in the folder, if there is any. DataError when it
   * belongs to another run or version.
   */
  constructor(context: RunContext, origin: Origin, report?: TrainReport) {
    const { folder, gpu } = context;
    this.context = context;
    this.report = report;
    this.gpu = gpu;
    this.#origin = origin;
    removeTemporaries(folder);
    this.#log = new JsonLines(join(folder, LOG));
    this.rewind();
  }

  /** Resets the run to its last checkpoint: state, log, clock and record. */
  rewind(): void {
    const { folder, progress } = this.context;
    const tell = (line: string): void => progress.end(line);
    const found = readCheckpoint(folder, tell);
    this.path = found?.path;
    this.state = found?.checkpoint.state ?? FRESH;
    this.#seconds = found?.checkpoint.seconds ?? {};
    this.#memory = found?.checkpoint.memory ?? {};
    this.#stage = "";
    this.#savedStep = found?.checkpoint.step ?? 0;
    this.#saved = performance.now();
    if (found !== undefined) checkOrigin(found.path, found.checkpoint.origin, this.#origin, tell);
    this.#log.rewind(found?.checkpoint.logBytes ?? 0);
    this.#recorder?.abandon();
    this.#recorder = undefined;
    this.#audit = found?.checkpoint.audit;
  }

  /** Begins or continues the audit record, where one was asked for. */
  async watch(): Promise<void> {
    const { folder, config } = this.context;
    if (config.audit === undefined) return;
    // A record in the folder is left over from an attempt without a checkpoint.
    if (this.#audit === undefined) rmSync(join(folder, RECORD), { force: true });
    const state = this.#audit === undefined ? {} : { state: this.#audit };
    this.#recorder = await recordAudit(this.gpu, { folder, ...config.audit, ...state });
  }

  /**
   * Tells the record the place in the run. The stages `resume` and `checkpoint` hold the commands
   * that a run without interruptions would not have.
   */
  phase(phase: Phase): void {
    this.#recorder?.phase(phase);
  }

  /** Waits for the record after each step, which bounds the memory of a record of outputs. */
  async settle(): Promise<void> {
    if (this.#recorder?.level === "digests") await this.#recorder.drain();
  }

  /** Ends the record and returns what is said of it; undefined where there is no record. */
  async finishRecord(): Promise<Sealed | undefined> {
    const { audit } = this.context.config;
    if (this.#recorder === undefined || audit === undefined) return undefined;
    return sealed(await this.#recorder.finish(), audit);
  }

  /** Announces a stage, runs it and measures its time. Throws when the run is to stop. */
  async timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const { progress, signal } = this.context;
    // Before the first checkpoint the training itself stops, and saves one.
    await pause(this.path === undefined ? undefined : signal);
    if (!TELLING.includes(stage)) progress.begin(stage);
    this.#stage = stage;
    this.#stageStart = performance.now();
    try {
      const result = await work();
      this.#seconds = this.seconds;
      this.#memory = this.memory;
      this.report?.stage(this.#seconds, this.#memory);
      return result;
    } finally {
      this.#stage = "";
    }
  }

  /** Seconds of each stage so far, including those before an interruption. */
  get seconds(): Readonly<Record<string, number>> {
    if (this.#stage === "") return this.#seconds;
    return { ...this.#seconds, [this.#stage]: Number(this.elapsed.toFixed(2)) };
  }

  /**
   * Bytes on the device at the end of each stage so far, and the greatest until then, on devices
   * before an interruption as well.
   */
  get memory(): Readonly<Record<string, StageMemory>> {
    if (this.#stage === "") return this.#memory;
    const { inUse, peak } = this.gpu.memory();
    const before = Object.values(this.#memory).map((each) => each.peak);
    return { ...this.#memory, [this.#stage]: { inUse, peak: Math.max(peak, ...before) } };
  }

  /** Seconds of the current stage. */
  get elapsed(): number {
    return (this.#seconds[this.#stage] ?? 0) + (performance.now() - this.#stageStart) / 1000;
  }

  /** Whether it is time for a checkpoint after `step` steps. */
  isDue(step: number): boolean {
    const { every } = this.context.checkpoints;
    return "steps" in every
      ? step - this.#savedStep >= every.steps
      : performance.now() - this.#saved >= 60_000 * every.minutes;
  }

  /**
   * Writes a checkpoint, from which the run continues after a fault. A new `phase` must precede the
   * next command.
   */
  async save(step: number, read: () => RunState | Promise<RunState>): Promise<void> {
    const { folder, checkpoints } = this.context;
    this.phase({ stage: "checkpoint" });
    const state = await read();
    await this.#recorder?.drain();
    const checkpoint: Checkpoint = {
      state,
      step,
      seconds: this.seconds,
      memory: this.memory,
      logBytes: this.#log.bytes,
      origin: this.#origin,
      ...(this.#recorder === undefined ? {} : { audit: this.#recorder.state }),
    };
    this.path = writeCheckpoint(folder, checkpoint, checkpoints.keep);
    this.state = state;
    this.#saved = performance.now();
    this.#savedStep = step;
  }

  /**
   * Appends a line to the log. The log is of no use to a run that goes on, so that a line that
   * cannot be written, as on a full disk, is left out, and only the first is told of.
   */
  note(record: Readonly<Record<string, unknown>>): void {
    const { folder, progress } = this.context;
    askGuards(join(folder, LOG));
    try {
      this.#log.write(record);
    } catch (error) {
      if (!this.#isLogLost) progress.end(`${(error as Error).message}; the run goes on without such lines`);
      this.#isLogLost = true;
    }
  }

  /** Ends log and record; a record that is not finished belongs to a run that failed already. */
  close(): void {
    try {
      this.#recorder?.abandon();
    } catch {
      // The failure of the run is the one to report.
    }
    this.#log.close();
  }
}

/** Digests by what they are of. */
type Origin = Readonly<Record<string, string>>;

/**
 * Everything that the bits of a run depend on, except the CPU's vector instructions, which no
 * driver reports.
 */
export async function originOf({ config, data, gpu, signal }: RunContext): Promise<Origin> {
  return {
    brenier: versions().brenier,
    // The images are known by their own digests, wherever they lie.
    config: sha256(JSON.stringify({ ...config, data: undefined })),
    "training images": await digestOf(data.train, signal),
    "held-out images": await digestOf(data.heldOut, signal),
    adapter: `${gpu.adapter.name}, ${gpu.adapter.driver}`,
    kernels: JSON.stringify(gpu.choice.kernels),
    webgpu: versions().webgpu,
    node: versions().node,
  };
}

const MUST_AGREE = ["brenier", "config", "training images", "held-out images"];

function checkOrigin(
  path: string,
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): void {
  const other = Object.keys(now).filter((key) => then[key] !== now[key]);
  const wrong = other.find((key) => MUST_AGREE.includes(key));
  if (wrong !== undefined) {
    throw new DataError(
      `${path}: expected the ${wrong} of this run, ${now[wrong]}, got ${then[wrong]}; go on with what it was begun with`,
    );
  }
  for (const key of other) tell(`${key} was ${then[key]}, is ${now[key]}: the rest will not be the same bit for bit`);
}
