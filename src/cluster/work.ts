import type { OpenedGpu } from "../adapter/opened.ts";
import { host } from "../adapter/web/host.ts";
import { DataError } from "../formats/error.ts";
import { oneLine } from "../kernels/oneLine.ts";
import type { Signal } from "../kernels/signal.ts";
import { Cells } from "../ot/cells/cells.ts";
import { type DeviceCells, mostSamples } from "../ot/cells/counter.ts";
import { checkPoints, type Points } from "../ot/points.ts";
import type { Source } from "../ot/source.ts";
import { Borrowing } from "./borrowing.ts";
import type { Identity } from "./identity.ts";
import { encodeMessage, newId, piecesOf, readTask, SUBJECT, type Task, WANT_MS, type Want } from "./messages.ts";
import type { Messenger } from "./messenger.ts";
import { travelling } from "./questions.ts";
import { decodeValue, encodeValue, type Value } from "./values.ts";

/** What a worker counts with. */
export interface Workplace {
  readonly identity: Identity;
  /** Opens cells on the worker's device. */
  readonly open: (targets: Points, source: Source) => DeviceCells;
  /** Rejects once the device is lost. */
  readonly lost?: Promise<never>;
}

/** The device of a machine as a place to count at. */
export const workplaceOn = (gpu: OpenedGpu, identity: Identity): Workplace => ({
  identity,
  open: (targets, source) => new Cells(gpu, targets, source),
  lost: lossOf(gpu),
});

function lossOf(gpu: OpenedGpu): Promise<never> {
  const lost = gpu.lost.then(({ reason, message }) => {
    throw new Error(`worker: the device was lost (${reason}): ${message}`);
  });
  lost.catch(() => undefined); // it is lost at the end in any case
  return lost;
}

export interface WorkOptions {
  readonly name: string;
  /** Once it is aborted, the range under way is finished, and the work ends. */
  readonly signal?: Signal | undefined;
  /** Whether other work has the device, so that no range is asked for. */
  readonly isBusy?: () => boolean;
  /** Tells of refusals and failures, in a line. */
  readonly say?: (line: string) => void;
  /** Told of each range that was answered, by its samples. */
  readonly answered?: (samples: number) => void;
  /** Milliseconds between two requests for what does not come. Default: 500. */
  readonly again?: number;
}

/** Problems whose targets stay on the device. */
const MOST_OPEN = 4;
/** Refusals that are told once. */
const MOST_REFUSALS = 100;
/** Ranges of other coordinators that wait meanwhile. */
const MOST_TASKS = 16;

interface Opened {
  readonly cells: DeviceCells;
  heights: string;
}

/**
 * Takes ranges from whoever leads and answers them, until the signal is aborted. Rejects where the
 * messenger or the device is lost.
 */
export async function work(messenger: Messenger, place: Workplace, options: WorkOptions): Promise<void> {
  const worker = new Worker(messenger, place, options);
  try {
    await Promise.race([worker.run(), ...(place.lost === undefined ? [] : [place.lost])]);
  } finally {
    worker.close();
  }
}

class Worker {
  readonly #id = newId();
  readonly #messenger: Messenger;
  readonly #place: Workplace;
  readonly #options: WorkOptions;
  readonly #again: number;
  readonly #blobs: Borrowing;
  readonly #opened = new Map<string, Opened>();
  readonly #tasks: Task[] = [];
  readonly #refusals = new Set<string>();
  readonly #stop: () => void;
  #wake: () => void = () => undefined;
  #lost: Error | undefined;
  #isOver = false;

  constructor(messenger: Messenger, place: Workplace, options: WorkOptions) {
    this.#messenger = messenger;
    this.#place = place;
    this.#options = options;
    this.#again = options.again ?? WANT_MS / 2;
    this.#blobs = new Borrowing(messenger, this.#again);
    this.#stop = messenger.listen(SUBJECT.to(this.#id), (message) => this.#take(readTask(message)));
    void messenger.lost.then((error) => {
      this.#lost = error;
      this.#wake();
    });
  }

  async run(): Promise<void> {
    const { name, signal } = this.#options;
    const want: Want = { worker: this.#id, name, identity: this.#place.identity as unknown as Want["identity"] };
    while (signal?.aborted !== true && this.#lost === undefined && !this.#isOver) {
      const task = this.#tasks.shift();
      if (task !== undefined) {
        if (await this.#do(task)) this.#options.answered?.(task.draw.count);
        continue;
      }
      if (this.#options.isBusy?.() !== true) this.#messenger.publish(SUBJECT.want, encodeMessage(want));
      await this.#wait();
    }
    if (this.#lost !== undefined) throw this.#lost;
  }

  close(): void {
    this.#isOver = true;
    this.#wake();
    this.#stop();
    this.#blobs.close();
    for (const { cells } of this.#opened.values()) cells.dispose();
  }

  /** Until there is a task, the work is to end, or it is time to ask again. */
  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const until = host.performance.now() + this.#again;
      const watch = host.setInterval(() => {
        if (this.#options.signal?.aborted === true || host.performance.now() > until) this.#wake();
      }, 20);
      this.#wake = () => {
        host.clearInterval(watch);
        resolve();
      };
    });
  }

  #take(message: ReturnType<typeof readTask>): void {
    if (message === undefined) return;
    if (message.kind === "refusal") {
      const line = `refused: ${oneLine(message.reason)}`;
      if (!this.#refusals.has(line)) this.#options.say?.(line);
      if (this.#refusals.size === MOST_REFUSALS) this.#refusals.clear();
      this.#refusals.add(line);
      return;
    }
    const { run, number } = message;
    const isKnown = this.#tasks.some((task) => task.run === run && task.number === number);
    if (this.#tasks.length < MOST_TASKS && !isKnown) this.#tasks.push(message);
    this.#wake();
  }

  /** Answers a range, or says why not; whether it did. */
  async #do(task: Task): Promise<boolean> {
    const { run, number } = task;
    const subject = SUBJECT.answer(run);
    const about = { worker: this.#id, number };
    try {
      const answer = await this.#answer(task);
      if (answer === undefined) return false; // that question is over
      for (const piece of piecesOf(answer, this.#messenger.mostBytes)) {
        this.#messenger.publish(subject, encodeMessage({ ...about, ...piece }));
      }
      return true;
    } catch (error) {
      const text = oneLine(error instanceof Error ? error.message : String(error)).slice(0, 1000);
      this.#options.say?.(`range ${number} failed: ${text}`);
      this.#messenger.publish(subject, encodeMessage({ ...about, error: text }));
      return false;
    }
  }

  /** The answer in bytes; undefined where something that it needs is no longer to be had. */
  async #answer({
    run,
    question: name,
    targets,
    source,
    heights,
    parameter,
    draw,
  }: Task): Promise<Uint8Array | undefined> {
    const known = travelling(name);
    if (known === undefined) throw new DataError(`cluster: expected a question that this version knows, got ${name}`);
    const opened = await this.#open(run, targets, source);
    // Its masses are for targets, and of few they may be mostly 0.
    const asked = opened && (await this.#value(run, parameter, 4 * opened.cells.targets.count));
    if (opened === undefined || asked === undefined) return undefined;
    if (opened.heights !== heights && heights !== "") {
      const h = await this.#value(run, heights);
      if (h === undefined) return undefined;
      if (!(h.value instanceof Float32Array)) throw new DataError("cluster: expected heights as float32");
      opened.cells.setHeights(h.value);
      opened.heights = heights;
    }
    // Whoever counts one range for hours is lost to all others.
    const most = mostSamples(known.question, asked.value as never, opened.cells.targets);
    if (!(draw.count <= most)) {
      throw new DataError(`cluster: expected a range of at most ${most} samples, got ${draw.count}`);
    }
    return encodeValue((await known.question.answer(opened.cells, draw, asked.value as never, {})) as Value);
  }

  async #open(run: string, targets: string, source: string): Promise<Opened | undefined> {
    const key = `${targets} ${source}`;
    const known = this.#opened.get(key);
    if (known !== undefined) {
      this.#opened.delete(key);
      this.#opened.set(key, known); // as the latest
      return known;
    }
    const y = await this.#points(run, targets);
    const density = source === "gaussian" || source === "cube" ? source : undefined;
    const samples = density === undefined ? await this.#points(run, source) : undefined;
    const drawn = density ?? (samples && { samples });
    if (y === undefined || drawn === undefined) return undefined;
    for (const [old, { cells }] of this.#opened) {
      if (this.#opened.size < MOST_OPEN) break;
      cells.dispose();
      this.#opened.delete(old);
    }
    const opened = { cells: this.#place.open(y, drawn), heights: "" };
    this.#opened.set(key, opened);
    return opened;
  }

  async #points(run: string, digest: string): Promise<Points | undefined> {
    const found = await this.#value(run, digest);
    if (found === undefined) return undefined;
    checkPoints("cluster", found.value as unknown as Points);
    return found.value as unknown as Points;
  }

  async #value(run: string, digest: string, mostZeros = 0): Promise<{ readonly value: Value } | undefined> {
    const bytes = await this.#blobs.get(run, digest);
    return bytes && { value: decodeValue(bytes, mostZeros) };
  }
}
