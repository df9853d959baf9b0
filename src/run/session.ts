import { rmSync } from "node:fs";
import { join } from "node:path";
import type { OpenedGpu } from "../adapter/openGpu.ts";
import { pause } from "../adapter/pause.ts";
import { versions } from "../adapter/versions.ts";
import { type Phase, RECORD } from "../audit/record/record.ts";
import { recordAudit } from "../audit/record/recordAudit.ts";
import type { Recorder, RecorderState } from "../audit/record/recorder.ts";
import type { Images } from "../datasets/images.ts";
import { sha256 } from "../files/sha256.ts";
import { DataError } from "../formats/error.ts";
import type { Checkpoint, RunState } from "./checkpoint.ts";
import { readCheckpoint, removeTemporaries, writeCheckpoint } from "./checkpoints.ts";
import type { RunContext } from "./context.ts";
import { JsonLines } from "./runDirectory.ts";

const FRESH: RunState = { stage: "autoencoder", trainingLoss: Number.NaN };

/** Stages that tell of their own steps. */
const TELLING: readonly string[] = ["autoencoder", "transport"];

/** A run's log, clock, checkpoints and record: what lasts while devices come and go. */
export class Session {
  readonly context: RunContext;
  /** The device in use: the first one, or the one that was opened after a loss. */
  gpu: OpenedGpu;
  readonly log: JsonLines;
  /** Where the run goes on after a fault: the last checkpoint, or its beginning. */
  state: RunState = FRESH;
  /** The last checkpoint's path; undefined before the first. */
  path: string | undefined;
  readonly #origin: Readonly<Record<string, string>>;
  #seconds: Readonly<Record<string, number>> = {};
  #stage = "";
  #stageStart = 0;
  #saved = performance.now();
  #savedStep = 0;
  #audit: RecorderState | undefined;
  #recorder: Recorder | undefined;

  /**
   * Goes on from the newest whole checkpoint in the folder, if there is any. DataError when it
   * belongs to another run or version.
   */
  constructor(context: RunContext) {
    const { folder, gpu } = context;
    this.context = context;
    this.gpu = gpu;
    this.#origin = originOf(context);
    removeTemporaries(folder);
    this.log = new JsonLines(join(folder, "log.jsonl"));
    this.rewind();
  }

  /** Takes the run back to its last checkpoint: state, log, clock and record. */
  rewind(): void {
    const { folder, progress } = this.context;
    const tell = (line: string): void => progress.end(line);
    const found = readCheckpoint(folder, tell);
    this.path = found?.path;
    this.state = found?.checkpoint.state ?? FRESH;
    this.#seconds = found?.checkpoint.seconds ?? {};
    this.#stage = "";
    this.#savedStep = found?.checkpoint.step ?? 0;
    this.#saved = performance.now();
    if (found !== undefined) checkOrigin(found.path, found.checkpoint.origin, this.#origin, tell);
    this.log.rewind(found?.checkpoint.logBytes ?? 0);
    this.#recorder?.abandon();
    this.#recorder = undefined;
    this.#audit = found?.checkpoint.audit;
  }

  /** Begins to record what the device does, or goes on with it, where a record was asked for. */
  async watch(): Promise<void> {
    const { folder, config } = this.context;
    if (config.audit === undefined) return;
    // of a beginning that came to nothing
    if (this.#audit === undefined) rmSync(join(folder, RECORD), { force: true });
    const state = this.#audit === undefined ? {} : { state: this.#audit };
    this.#recorder = await recordAudit(this.gpu, { folder, ...config.audit, ...state });
  }

  /**
   * Tells the record where the run is. Stages `resume` and `checkpoint` are what an undisturbed run
   * would not do.
   */
  phase(phase: Phase): void {
    this.#recorder?.phase(phase);
  }

  /** Bounds what a record of outputs holds in memory; called after each step. */
  async settle(): Promise<void> {
    if (this.#recorder?.level === "digests") await this.#recorder.drain();
  }

  /** Ends the record and tells its digest; undefined where there is none. */
  async finishRecord(): Promise<Readonly<Record<string, unknown>> | undefined> {
    const recorder = this.#recorder;
    if (recorder === undefined) return undefined;
    return { ...(await recorder.finish()), ...this.context.config.audit };
  }

  /** Says which stage begins, runs it and counts its time. Throws when the run is to stop. */
  async timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const { progress, signal } = this.context;
    // before the first checkpoint the training stops by itself, and saves one
    await pause(this.path === undefined ? undefined : signal);
    if (!TELLING.includes(stage)) progress.begin(stage);
    this.#stage = stage;
    this.#stageStart = performance.now();
    try {
      const result = await work();
      this.#seconds = this.seconds;
      return result;
    } finally {
      this.#stage = "";
    }
  }

  /** Seconds of each stage so far, those before an interruption included. */
  get seconds(): Readonly<Record<string, number>> {
    if (this.#stage === "") return this.#seconds;
    return { ...this.#seconds, [this.#stage]: Number(this.elapsed.toFixed(2)) };
  }

  /** Seconds of the stage under way. */
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
   * Writes a checkpoint; from here on this is where the run goes on. The next command needs a
   * `phase` of its own.
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
      logBytes: this.log.bytes,
      origin: this.#origin,
      ...(this.#recorder === undefined ? {} : { audit: this.#recorder.state }),
    };
    this.path = writeCheckpoint(folder, checkpoint, checkpoints.keep);
    this.state = state;
    this.#saved = performance.now();
    this.#savedStep = step;
  }

  close(): void {
    this.#recorder?.abandon();
    this.log.close();
  }
}

/** What a run's bits depend on, besides the CPU's vector instructions, which no driver tells. */
function originOf({ config, data, gpu }: RunContext): Record<string, string> {
  const pixels = ({ pixels, height, width, channels }: Images): string =>
    sha256(`${height} ${width} ${channels} ${sha256(pixels)}`);
  return {
    brenier: versions().brenier,
    config: sha256(JSON.stringify(config)),
    "training images": pixels(data.train),
    "held-out images": pixels(data.heldOut),
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
