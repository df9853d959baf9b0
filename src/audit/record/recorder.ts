import { join } from "node:path";
import { sha256 } from "../../files/sha256.ts";
import type { BufferRef, Command } from "../../kernels/command.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { DispatchTimer } from "../../kernels/timer.ts";
import type { Engine } from "../../tensor/engine.ts";
import { KERNELS } from "../references/table.ts";
import { everything, type Written } from "../references/written.ts";
import { digestOf } from "./digest.ts";
import { boundBytes, Names, plainParams } from "./lines.ts";
import { type BufferUse, type Header, type Level, type Phase, RECORD } from "./record.ts";
import { RecordFile } from "./recordFile.ts";
import { Texts } from "./texts.ts";
import { type Entry, Writer } from "./writer.ts";

/**
 * Stages of saving and resuming. They depend on when a run was interrupted, so the hash chain
 * leaves them out.
 */
const BOOKKEEPING: readonly string[] = ["checkpoint", "resume"];

/** What a finished record is known by, so that `checkRecord` can tell it from any other. */
export interface Finished {
  /** The last link of the hash chain: one digest of all commands, equal for equal runs. */
  readonly digest: string;
  /** Number of commands in the chain. */
  readonly commands: number;
  /** Length and sha256 of audit.jsonl, which holds times and so differs between equal runs. */
  readonly file: { readonly bytes: number; readonly sha256: string };
}

/** The state of a record between two commands, which a continuation of the run needs. */
export interface RecorderState {
  /** Number of the next command. */
  readonly seq: number;
  /** Length of audit.jsonl. */
  readonly bytes: number;
  /** The last link of the hash chain, 64 hex digits. */
  readonly chain: string;
}

export interface RecorderOptions {
  /** The folder of the run, which gets audit.jsonl and audit/. */
  readonly folder: string;
  readonly header: Header;
  /**
   * The state from which a record in the folder continues; the lines after it are cut off. Default:
   * a new record.
   */
  readonly state?: RecorderState | undefined;
}

interface Output {
  readonly use: BufferUse;
  readonly ref: BufferRef;
  readonly written: Written;
}

/**
 * Records every command of a queue, and hashes all of them into the chain of chain.ts. The JSON
 * that is hashed has the digests of transfers to and from the device, and of outputs where they are
 * taken; it has no times, memory and sequence numbers. The results of the run do not change. Lines
 * of numbered steps are written for every `every`-th step; the chain covers all steps.
 */
export class Recorder {
  readonly level: Level;
  readonly #gpu: Gpu;
  readonly #every: number;
  readonly #file: RecordFile;
  readonly #writer: Writer;
  readonly #texts: Texts;
  readonly #names = new Names();
  readonly #start = performance.now();
  readonly #before: ((command: Command) => void) | undefined;
  readonly #hook = (command: Command): void => this.#see(command);
  readonly #unwatch: () => void;
  readonly #inFlight = new Set<Promise<void>>();
  #phase: Phase = { stage: "start" };
  #phaseText = "";
  #sampled = true;
  #chained = true;
  #seq: number;
  #timed: Entry[] = []; // dispatches since the last submission
  // Outputs of the last command, which are copied when the next one comes.
  #outputs: { readonly entry: Entry; readonly outputs: readonly Output[] } | undefined;
  #reads: { readonly entry: Entry; readonly output: Output; readonly read: () => Promise<ArrayBuffer> }[] = [];
  #error: Error | undefined;
  #closed = false;

  constructor(engine: Engine, { folder, header, state }: RecorderOptions) {
    this.#gpu = engine;
    this.level = header.level;
    this.#every = header.every;
    this.#texts = new Texts(folder);
    this.#file = new RecordFile(join(folder, RECORD), state?.bytes);
    this.#writer = new Writer(this.#file, state?.chain);
    this.#seq = state?.seq ?? 0;
    if (state === undefined) {
      this.#file.write(`${JSON.stringify(header)}\n`);
      this.#file.flush(); // so that a run that is killed early still has its header
    }
    this.#gpu.submit(); // commands from before are not part of the record
    this.#before = this.#gpu.onCommand;
    this.#gpu.onCommand = this.#hook;
    this.#gpu.timer = header.times ? new DispatchTimer(this.#gpu) : undefined;
    this.#unwatch = engine.watch({ before: (call) => this.#names.learn(call) });
    this.phase({ stage: "start" });
  }

  /**
   * Sets the place in the run from the next command on. Tensors are numbered anew, so that equal
   * steps give equal lines.
   */
  phase(phase: Phase): void {
    this.#finishOutputs();
    const { stage, epoch, step } = phase;
    this.#phase = phase;
    this.#phaseText = JSON.stringify({ stage, epoch, step }).slice(1, -1);
    this.#sampled = step === undefined || step % this.#every === 0;
    this.#chained = !BOOKKEEPING.includes(stage);
    this.#names.clear();
  }

  get current(): Phase {
    return this.#phase;
  }

  /**
   * Waits until all commands so far are on disk, with their times and digests. Throws the first
   * error that occurred while recording.
   */
  async drain(): Promise<void> {
    this.#finishOutputs();
    this.#gpu.submit();
    do await Promise.all([...this.#inFlight]);
    while (this.#inFlight.size > 0);
    if (this.#error !== undefined) throw this.#error;
    this.#file.flush();
  }

  /** The state of the record; valid only right after `drain`. */
  get state(): RecorderState {
    if (!this.#writer.idle) throw new Error("audit: expected `drain` before `state` is asked for");
    this.#file.flush();
    return { seq: this.#seq, bytes: this.#file.size, chain: this.#writer.chain };
  }

  /**
   * Removes everything after `state`, for a run that goes back to a checkpoint on the same device.
   */
  async rewind(state: RecorderState): Promise<void> {
    await this.drain();
    this.#file.cut(state.bytes);
    this.#seq = state.seq;
    this.#writer.chain = state.chain;
  }

  /** Ends the record. */
  async finish(): Promise<Finished> {
    try {
      if (!this.#closed) {
        await this.drain();
        this.#gpu.timer = undefined;
      }
    } finally {
      this.abandon();
    }
    return { digest: this.#writer.chain, commands: this.#seq, file: await this.#file.digest() };
  }

  /**
   * Stops recording without waiting for the device, which may be lost; lines that still wait for it
   * are left out.
   */
  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch();
    if (this.#gpu.onCommand === this.#hook) this.#gpu.onCommand = this.#before;
    this.#file.close();
  }

  #see(command: Command): void {
    this.#before?.(command);
    if (this.#closed) return;
    this.#finishOutputs();
    switch (command.kind) {
      case "dispatch":
        this.#dispatch(command);
        break;
      case "copy": {
        const { from, to, op } = command;
        const buffers = [this.#names.use("from", "read", from, "f32"), this.#names.use("to", "write", to, "f32")];
        const entry = this.#add("copy", { op, buffers, bytes: from.bytes + to.bytes }, 0);
        this.#watchOutputs(entry, [
          { use: buffers[1] as BufferUse, ref: { ...to, bytes: from.bytes }, written: "all" },
        ]);
        break;
      }
      case "upload": {
        const { buffer, byteOffset, byteLength } = command.values;
        const dtype = command.values instanceof Uint32Array ? "u32" : "f32";
        const buffers = [this.#names.use("to", "write", command.buffer, dtype)];
        const digest = sha256(new Uint8Array(buffer, byteOffset, byteLength));
        const entry = this.#add("upload", { buffers, bytes: byteLength, sha256: digest }, 0);
        const ref = { ...command.buffer, bytes: byteLength };
        this.#watchOutputs(entry, [{ use: buffers[0] as BufferUse, ref, written: "all" }]);
        break;
      }
      case "download": {
        const buffers = [this.#names.use("from", "read", command.buffer, "f32")];
        const entry = this.#add("download", { buffers, bytes: command.buffer.bytes }, 1);
        this.#await(async () => {
          entry.late.sha256 = sha256(new Uint8Array(await command.values));
          this.#writer.done(entry);
        });
        break;
      }
      case "submit":
        this.#submit(command.times);
        break;
      default: // allocations: the line of `submit` gives the memory in use
    }
  }

  #dispatch(command: Extract<Command, { kind: "dispatch" }>): void {
    const { op, kernel, code, constants, params, specialised, workgroups } = command;
    const buffers = this.#names.ofDispatch(command);
    const text = this.#texts.keep(code);
    const flops = kernel.flops(params, workgroups);
    const bytes = boundBytes(command.buffers);
    const what = { op, kernel: kernel.name, text, constants, params: plainParams(params) };
    const specialisedIn = specialised.length === 0 ? {} : { specialised };
    const entry = this.#add("dispatch", { ...what, ...specialisedIn, buffers, workgroups, flops, bytes }, 0);
    if (this.#gpu.timer !== undefined) {
      this.#timed.push(entry);
      entry.waiting++;
    }
    const row = KERNELS[kernel.name];
    // A program may have a kernel of its own, under any name.
    const writes = row?.kernel === kernel ? row.writes : everything;
    const outputs = buffers.flatMap((use): Output[] => {
      const ref = command.buffers[use.name] as BufferRef;
      if (use.access === "read") return [];
      const written = writes(command, use.name, ref.bytes / 4);
      return written === "none" ? [] : [{ use, ref, written }];
    });
    this.#watchOutputs(entry, outputs);
  }

  /** Outputs are copied when the next command comes, right after the one that wrote them. */
  #watchOutputs(entry: Entry, outputs: readonly Output[]): void {
    if (this.level !== "digests" || !this.#sampled || outputs.length === 0) {
      this.#writer.settle();
      return;
    }
    entry.waiting += outputs.length;
    this.#outputs = { entry, outputs };
  }

  #finishOutputs(): void {
    if (this.#outputs === undefined) return;
    const { entry, outputs } = this.#outputs;
    this.#outputs = undefined;
    for (const output of outputs) this.#reads.push({ entry, output, read: this.#gpu.capture(output.ref) });
  }

  #submit(times: (() => Promise<Float64Array>) | undefined): void {
    const { inUse, reserved } = this.#gpu.memory();
    this.#push(undefined, "submit", { inUse, reserved }, 0);
    const [timed, reads] = [this.#timed, this.#reads];
    [this.#timed, this.#reads] = [[], []];
    if (times !== undefined && timed.length > 0) {
      this.#await(async () => {
        const nanoseconds = await times();
        for (const [i, entry] of timed.entries()) {
          entry.ns = nanoseconds[i];
          this.#writer.done(entry);
        }
      });
    }
    if (reads.length > 0) {
      this.#await(async () => {
        for (const { entry, output, read } of reads) {
          const { use, written } = output;
          const digest = digestOf(await read(), use.dtype, typeof written === "function" ? written : undefined);
          entry.late.outputs = { ...entry.late.outputs, [use.name]: digest };
          this.#writer.done(entry);
        }
      });
    }
    this.#writer.settle();
  }

  #add(kind: string, what: object, waiting: number): Entry {
    return this.#push(this.#chained ? this.#seq++ : undefined, kind, what, waiting);
  }

  #push(seq: number | undefined, kind: string, what: object, waiting: number): Entry {
    const core = `"kind":"${kind}",${this.#phaseText},${JSON.stringify(what).slice(1, -1)}`;
    const at = Math.round(1000 * (performance.now() - this.#start)) / 1000;
    const entry: Entry = { seq, at, core, written: this.#sampled, late: {}, ns: undefined, waiting };
    this.#writer.push(entry);
    return entry;
  }

  /** Runs `work` once the submission under way has happened, and keeps its error. */
  #await(work: () => Promise<void>): void {
    const running: Promise<void> = Promise.resolve()
      .then(work)
      .catch((error: Error) => {
        this.#error ??= error;
      })
      .finally(() => this.#inFlight.delete(running));
    this.#inFlight.add(running);
  }
}
