import type { BufferRef, Command } from "../../kernels/command.ts";
import { Resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import type { Call, Engine, Tensor } from "../../tensor/engine.ts";
import type { OpReference } from "../../tensor/reference/reference.ts";
import { format, indicesOf, type Shape, size } from "../../tensor/shape.ts";
import { compareBound, compareExactly } from "./compare.ts";
import type { Dispatched, Outcome } from "./dispatched.ts";
import { OPS } from "./ops.generated.ts";
import { KERNELS } from "./table.ts";

type Dispatch = Extract<Command, { kind: "dispatch" }>;
type Read = () => Promise<ArrayBuffer>;

/** One output of one op, or of one dispatch outside of ops, compared with its float64 reference. */
export interface Checked {
  readonly op: string;
  readonly kernels: readonly string[];
  readonly where: string;
  readonly output: string;
  readonly shape: Shape;
  readonly outcome: Outcome["finding"];
}

/** Thrown when an op or a kernel differs from its reference. */
export class VerifyError extends Error {}

/** What an op is held to: what it computes in float64, and how far float32 may be off. */
export type Reference<N extends string = string, A = never> = Pick<OpReference<N, A>, "reference" | "bound">;

/** References of ops that the table does not have, by the names of the ops. */
export type References = Readonly<Record<string, Reference>>;

interface Item {
  readonly op: string;
  readonly kernels: readonly string[];
  readonly where: string;
  check(): Promise<readonly (Outcome & { readonly shape: Shape })[]>;
}

/**
 * Follows an engine and its queue, copies the inputs and outputs of each op, and compares them with
 * the float64 references, in order, as soon as a submission is done. Commands outside of ops are
 * compared with the references of their kernels. The results of the engine do not change.
 */
export class Checker extends Resource {
  /** The place in the run, for messages. */
  where = "";
  #paused = false;
  readonly #gpu: Gpu;
  readonly #spare: Gpu;
  readonly #report: (checked: Checked) => void;
  readonly #references: References;
  readonly #stop: () => void;
  readonly #known = new Map<string, Read>(); // copy of a range's contents, by its key
  #call: Call | undefined;
  #kernels: string[] = [];
  // A command whose outputs are copied when the next command comes.
  #pending: ((capture: (ref: BufferRef) => Read) => Item) | undefined;
  #items: Item[] = []; // of the submission under way
  #work: Promise<void> = Promise.resolve();
  #error: Error | undefined;

  /**
   * `spare` is another queue of the same device, on which kernels may run again; `report` is called
   * for each output. `references` are those of ops that the table does not have.
   */
  constructor(engine: Engine, spare: Gpu, report: (checked: Checked) => void, references: References = {}) {
    super();
    const taken = Object.keys(references).find((name) => Object.hasOwn(OPS, name));
    if (taken !== undefined) {
      throw new RangeError(`verify: expected a name that no op of the package has, got ${taken}; choose another`);
    }
    this.#references = references;
    this.#gpu = engine;
    this.#spare = spare;
    this.#report = report;
    this.#gpu.submit();
    const before = this.#gpu.onCommand;
    const hook = (command: Command): void => {
      before?.(command);
      this.#see(command);
    };
    this.#gpu.onCommand = hook;
    const unwatch = engine.watch({ before: (call) => this.#begin(call), after: (call) => this.#end(call) });
    this.#stop = () => {
      unwatch();
      if (this.#gpu.onCommand === hook) this.#gpu.onCommand = before;
    };
  }

  /**
   * Waits until all commands so far are checked. Throws VerifyError for the first op that was
   * wrong.
   */
  async settle(): Promise<void> {
    this.#finish();
    this.#gpu.submit();
    this.#flush();
    await this.#work;
    if (this.#error !== undefined) throw this.#error;
  }

  /** Throws the error that `settle` would throw, if it is known by now. */
  throwIfWrong(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** While paused, nothing is copied or compared. */
  get paused(): boolean {
    return this.#paused;
  }

  set paused(on: boolean) {
    this.#finish();
    this.#known.clear();
    this.#paused = on;
  }

  dispose(): void {
    this.#stop();
  }

  #begin(call: Call): void {
    if (this.#paused) return;
    this.#finish();
    this.#call = call;
    this.#kernels = [];
  }

  #end({ name: op, inputs, attributes, output }: Call): void {
    if (this.#paused) return;
    this.#call = undefined;
    const row = [OPS, this.#references].find((rows) => Object.hasOwn(rows, op))?.[op];
    const reads = Object.entries(inputs).map(([name, tensor]) => [name, tensor, this.#capture(tensor.buffer)] as const);
    const made = this.#capture(output.buffer);
    const values = async (tensor: Tensor, read: Read) => ({
      shape: tensor.shape,
      values: new Float64Array(new Float32Array(await read())),
    });
    this.#items.push({
      op,
      kernels: [...new Set(this.#kernels)],
      where: this.where,
      check: async () => {
        if (row === undefined)
          throw new VerifyError(`verify: expected a float64 reference of the op ${op}, found none; give one for it`);
        const given = Object.fromEntries(
          await Promise.all(reads.map(async ([name, tensor, read]) => [name, await values(tensor, read)] as const)),
        );
        const expected = row.reference(given, attributes as never);
        const actual = new Float32Array(await made());
        if (expected.length !== size(output.shape)) {
          throw new VerifyError(`verify: ${op}: expected ${expected.length} values, got ${format(output.shape)}`);
        }
        return [
          {
            output: "y",
            shape: output.shape,
            finding: compareBound(actual, expected, row.bound(given, attributes as never)),
          },
        ];
      },
    });
  }

  #see(command: Command): void {
    if (this.#paused) return;
    this.#finish();
    switch (command.kind) {
      case "dispatch":
        if (this.#call !== undefined) this.#kernels.push(command.kernel.name);
        else this.#dispatch(command);
        break;
      case "copy": {
        const { op, from, to } = command;
        const read = this.#capture(from);
        this.#forget(to);
        this.#pending = (capture) => {
          const written = capture({ ...to, bytes: from.bytes });
          const check = async () => {
            const [actual, expected] = [new Uint32Array(await written()), new Uint32Array(await read())];
            return [{ output: "to", shape: [expected.length], finding: compareExactly(actual, expected) }];
          };
          return { op, kernels: ["copy"], where: this.where, check };
        };
        break;
      }
      case "upload":
      case "free":
        this.#forget(command.buffer);
        break;
      case "submit":
        this.#flush();
        break;
      default:
    }
  }

  #dispatch(command: Dispatch): void {
    const { op, kernel, constants, params, workgroups, buffers } = command;
    const names = Object.keys(kernel.buffers);
    const before = names.map((name) => [name, this.#capture(buffers[name] as BufferRef)] as const);
    const outputs = names.filter((name) => kernel.buffers[name] === "read_write");
    for (const name of outputs) this.#forget(buffers[name] as BufferRef);
    this.#pending = (capture) => {
      const after = outputs.map((name) => [name, capture(buffers[name] as BufferRef)] as const);
      const check = async () => {
        const holds = KERNELS[kernel.name]?.check;
        if (holds === undefined)
          throw new VerifyError(`verify: expected a float64 reference of ${kernel.name}, found none`);
        const dispatched = {
          kernel,
          constants,
          params,
          workgroups,
          before: await readAll(before),
          after: await readAll(after),
        };
        const outcomes = await holds(dispatched, (again) => this.#rerun(op, again));
        return outcomes.map((outcome) => ({
          ...outcome,
          shape: [(dispatched.after[outcome.output]?.byteLength ?? 0) / 4],
        }));
      };
      return { op, kernels: [kernel.name], where: this.where, check };
    };
  }

  async #rerun(op: string, { kernel, constants, params, workgroups, before }: Omit<Dispatched, "after">) {
    const gpu = this.#spare;
    const entries = Object.keys(kernel.buffers).map((name) => {
      const bytes = before[name] ?? new ArrayBuffer(0);
      const ref = gpu.allocate(op, bytes.byteLength);
      gpu.upload(ref, new Uint8Array(bytes));
      return [name, ref] as const;
    });
    gpu.dispatch({ op, kernel, constants, buffers: Object.fromEntries(entries), params, workgroups });
    const after = await readAll(entries.map(([name, ref]) => [name, () => gpu.download(ref)] as const));
    for (const [, ref] of entries) gpu.release(ref);
    return after;
  }

  #finish(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.#items.push(pending((ref) => this.#capture(ref)));
  }

  /**
   * A copy of the present contents of a range; the same copy until a command writes to the buffer.
   */
  #capture(ref: BufferRef): Read {
    const key = `${ref.id} ${ref.offset} ${ref.bytes}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const read = this.#gpu.capture(ref);
    let bytes: Promise<ArrayBuffer> | undefined;
    const once: Read = () => {
      bytes ??= read();
      return bytes;
    };
    this.#known.set(key, once);
    return once;
  }

  #forget({ id }: BufferRef): void {
    const prefix = `${id} `;
    for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key);
  }

  #flush(): void {
    const items = this.#items;
    this.#items = [];
    if (items.length === 0) return;
    this.#work = this.#work.then(async () => {
      for (const item of items) if (this.#error === undefined) await this.#check(item).then(() => this.#gpu.pause());
    });
  }

  async #check({ op, kernels, where, check }: Item): Promise<void> {
    try {
      for (const { output, shape, finding } of await check()) {
        this.#report({ op, kernels, where, output, shape, outcome: finding });
        if (finding.passed) continue;
        const { index, actual, expected, error, tolerance } = finding;
        throw new VerifyError(
          `verify: ${op} (${kernels.join(", ")})${where && ` in ${where}`}: ${output} ${format(shape)} at ${format(indicesOf(index, shape))}: ` +
            `got ${actual}, expected ${expected}; relative error ${error.toExponential(2)}, allowed ${tolerance.toExponential(2)}`,
        );
      }
    } catch (error) {
      this.#error ??= error as Error;
    }
  }
}

async function readAll(reads: readonly (readonly [string, Read])[]): Promise<Record<string, ArrayBuffer>> {
  const values: Record<string, ArrayBuffer> = {};
  for (const [name, read] of reads) values[name] = await read();
  return values;
}
