// Tensors, and the engine that makes them, runs ops on them and owns their memory.

import type { BufferRef } from "../kernels/command.ts";
import type { BufferRange, DeviceBuffer, Memory } from "../kernels/device.ts";
import { Resource } from "../kernels/dispose.ts";
import { Gpu } from "../kernels/gpu.ts";
import { checkNumber } from "../kernels/numbers.ts";
import { kindOf } from "../kernels/options.ts";
import { checkShape, format, type Shape, sameShape, size } from "./shape.ts";
import { floatsOf, type Nested, nest } from "./values.ts";

/**
 * A shape and the GPU buffer that holds its float32 values in row-major order. Ops are functions.
 */
export class Tensor extends Resource {
  readonly shape: Shape;
  readonly buffer: BufferRef;
  readonly engine: Engine;
  /** Releases the memory; undefined for a view, whose memory is another tensor's. */
  readonly #release: ((tensor: Tensor) => void) | undefined;

  /** Called by the engine alone, which knows how to release the memory. */
  constructor(engine: Engine, shape: Shape, buffer: BufferRef, release: ((tensor: Tensor) => void) | undefined) {
    super();
    this.engine = engine;
    this.shape = shape;
    this.buffer = buffer;
    this.#release = release;
  }

  /** Whether the memory is that of another tensor: see `Engine.view`. */
  get isView(): boolean {
    return this.#release === undefined;
  }

  /**
   * The values in nested arrays, as deep as there are axes; a number for the shape []. Rejects as
   * `engine.read` does.
   */
  async toArray(): Promise<Nested> {
    return nest(await this.engine.read(this), this.shape);
  }

  /** Releases the memory, also within a scope. Error for a view, and for a second call. */
  dispose(): void {
    if (this.#release === undefined) {
      throw new Error(`dispose: tensor ${format(this.shape)} is a view: its buffer belongs to another`);
    }
    this.#release(this);
  }
}

/** Memory of the device, and tensors that hold it. */
export interface EngineMemory extends Memory {
  /**
   * Number of tensors that no scope will free, made outside of every scope or returned from the
   * outermost: `dispose` lets go of them.
   */
  readonly outside: number;
}

/**
 * Makes tensors, runs ops, and owns the memory of both. It is a queue of commands as well, so that
 * it is the one object that every function of this library takes. Users never count references: see
 * `scope`.
 */
export class Engine extends Gpu {
  readonly #watchers = new Set<Watcher>();
  readonly #scopes: Set<Tensor>[] = [];
  /** Tensors that share a buffer, by the buffer's id. */
  readonly #owners = new Map<number, Set<Tensor>>();
  readonly #dispose = (tensor: Tensor): void => {
    for (const scope of this.#scopes) scope.delete(tensor);
    this.#release(tensor);
  };

  /**
   * A tensor with the given values in row-major order. Default shape: [] for a number, else one
   * axis. RangeError when the number of values differs from the shape's.
   */
  tensor(values: number | ArrayLike<number>, shape?: Shape): Tensor {
    const floats = floatsOf("tensor", typeof values === "number" ? [values] : values);
    const wanted = shape ?? (typeof values === "number" ? [] : [floats.length]);
    checkShape("tensor", wanted);
    checkLength("tensor", wanted, floats);
    const tensor = this.empty(wanted);
    this.upload(tensor.buffer, floats);
    return tensor;
  }

  /** A tensor of zeros. */
  zeros(shape: Shape): Tensor {
    return this.full(shape, 0);
  }

  /** A tensor of ones. */
  ones(shape: Shape): Tensor {
    return this.full(shape, 1);
  }

  /** A tensor whose values are all `value`. */
  full(shape: Shape, value: number): Tensor {
    checkNumber("full", "value", value);
    // First of all, so that what the device cannot hold is refused before the host fills it.
    const tensor = this.empty(shape);
    this.upload(tensor.buffer, new Float32Array(size(shape)).fill(value));
    return tensor;
  }

  /** A tensor with undefined contents, to be written. */
  empty(shape: Shape): Tensor {
    checkShape("tensor", shape);
    return this.#own(shape, this.allocate("tensor", 4 * size(shape)));
  }

  /**
   * A tensor over the caller's own buffer of the same device, `GPUBuffer`, without a copy: float32
   * in row-major order from byte `offset` on, a multiple of 256. The buffer needs the usages
   * STORAGE, COPY_SRC and COPY_DST and room for a multiple of 16 bytes, of which those behind the
   * values have no meaning. The caller keeps it: `dispose` lets go of it and the caller destroys
   * it afterwards. Both may write it, and each sees what the other wrote before, in the order of
   * the calls. RangeError for a buffer that does not fit.
   */
  adopt(buffer: DeviceBuffer, shape: Shape, offset = 0): Tensor {
    checkShape("adopt", shape);
    const isBuffer = typeof buffer === "object" && buffer !== null && typeof buffer.usage === "number";
    if (!isBuffer) throw new TypeError(`adopt: expected a GPUBuffer, got ${kindOf(buffer)}`);
    return this.#own(shape, this.adoptBuffer("adopt", buffer, { offset, bytes: 4 * size(shape) }));
  }

  /**
   * Gives the buffer of a tensor to the caller, `GPUBuffer`, without a copy, such as for a render
   * pipeline: its values are float32 in row-major order. The engine keeps it: the caller may read
   * and write it until the tensor is disposed of, which destroys it, and must not destroy it.
   */
  lend(tensor: Tensor): BufferRange {
    this.check("lend", "tensor", tensor);
    return this.lendBuffer(tensor.buffer);
  }

  /** Overwrites all values of a tensor, after everything recorded so far. */
  write(tensor: Tensor, values: ArrayLike<number>): void {
    this.check("write", "tensor", tensor);
    const floats = floatsOf("write", values);
    checkLength("write", tensor.shape, floats);
    this.upload(tensor.buffer, floats);
  }

  /** The values of a tensor. Rejects with the device's first error, if it reported any. */
  async read(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    this.check("read", "tensor", tensor);
    return new Float32Array(await this.download(tensor.buffer));
  }

  /**
   * Runs an op; there is no other way to run one. It checks the shapes, dispatches, and tells those
   * who watch.
   */
  apply<N extends string, A>(op: Op<N, A>, inputs: { readonly [K in N]: Tensor }, attributes: A): Tensor {
    const shapes = {} as { [K in N]: Shape };
    for (const name in inputs) {
      this.check(op.name, name, inputs[name]);
      shapes[name] = inputs[name].shape;
    }
    const shape = op.shape(shapes, attributes);
    const output = this.#own(shape, this.allocate(op.name, 4 * size(shape)));
    const backward = (dy: Tensor) => op.backward(dy, inputs, output, attributes);
    const call: Call = { name: op.name, inputs, attributes, output, backward };
    return this.#run(call, () => op.forward(this, inputs, output, attributes));
  }

  /** The output of a call, once `forward` has computed it; it is let go where that fails. */
  #run(call: Call, forward: () => void): Tensor {
    try {
      for (const watcher of this.#watchers) watcher.before?.(call);
      forward();
      for (const watcher of this.#watchers) watcher.after?.(call);
    } catch (error) {
      call.output.dispose();
      throw error;
    }
    return call.output;
  }

  /**
   * The same values under another shape, without a copy. The `backward` of the recorded call
   * restores the first shape.
   */
  reshape(x: Tensor, shape: Shape): Tensor {
    this.check("reshape", "x", x);
    checkShape("reshape", shape);
    if (size(shape) !== size(x.shape)) {
      throw new RangeError(`reshape: expected ${size(x.shape)} values as in ${format(x.shape)}, got ${format(shape)}`);
    }
    if (sameShape(shape, x.shape)) return x;
    const output = this.#own(shape, x.buffer);
    const backward = (dy: Tensor) => ({ x: () => this.reshape(dy, x.shape) });
    const call: Call = { name: "reshape", inputs: { x }, attributes: { shape }, output, backward };
    return this.#run(call, () => undefined);
  }

  /**
   * Consecutive values of x from number `first` on under a shape of their own, without a copy, such
   * as a parameter in a flat tensor. The memory stays that of x: scopes do not free a view, and it
   * must not outlive x. RangeError unless `first` is a multiple of 64, where bindings may begin,
   * and the values are all within x.
   */
  view(x: Tensor, shape: Shape, first = 0): Tensor {
    this.check("view", "x", x);
    checkShape("view", shape);
    if (!(first >= 0 && first % 64 === 0 && first + size(shape) <= size(x.shape))) {
      throw new RangeError(
        `view: expected ${format(shape)} from a multiple of 64 on, within ${format(x.shape)}, got it from ${first} on`,
      );
    }
    const buffer = { id: x.buffer.id, offset: x.buffer.offset + 4 * first, bytes: 4 * size(shape) };
    return new Tensor(this, shape, buffer, undefined);
  }

  /**
   * Runs `f` and frees every tensor made inside, except those it returns (alone, in arrays or in
   * records), which pass to the scope around, or to the caller where there is none. `f` is
   * synchronous: read values outside.
   */
  scope<T>(f: () => T): T {
    checkFunction("scope", "f", f);
    const made = new Set<Tensor>();
    this.#scopes.push(made);
    let kept: ReadonlySet<unknown> = new Set();
    try {
      const result = f();
      if (result instanceof Promise)
        throw new TypeError("scope: expected a synchronous function, got a promise; read outside");
      kept = objectsIn(result);
      return result;
    } finally {
      this.#scopes.pop();
      for (const tensor of made) {
        if (!kept.has(tensor)) this.#release(tensor);
        else this.#scopes.at(-1)?.add(tensor);
      }
    }
  }

  /**
   * Calls `listener` after each op that `f` applies. Listeners nest, so a gradient can be
   * differentiated again.
   */
  listen<T>(listener: (call: Call) => void, f: () => T): T {
    const stop = this.watch({ after: listener });
    try {
      return f();
    } finally {
      stop();
    }
  }

  /** Tells `watcher` of each op until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /**
   * What holds memory of the device, by op and shape: tensors by the shape of the oldest that is
   * alive in a buffer, and what solvers and ops allocate for themselves. With the option `trace`
   * also where it was made.
   */
  override memory(): EngineMemory {
    let outside = 0;
    for (const owners of this.#owners.values()) outside += owners.size;
    for (const scope of this.#scopes) outside -= scope.size;
    return { ...super.memory(), outside };
  }

  protected override shapeOf(buffer: number): Shape | undefined {
    for (const tensor of this.#owners.get(buffer) ?? []) return tensor.shape;
    return undefined;
  }

  /**
   * Whether a tensor can be the input `name` of an op here: every op asks. TypeError for what is no
   * tensor. Error for a tensor of another engine, since references of two
   * engines look alike, so that mixing them would read another tensor's values; and for a tensor
   * that was disposed of, also where its buffer lives on in a reshaped one.
   */
  check(op: string, name: string, tensor: Tensor): void {
    checkTensor(op, name, tensor);
    const { shape, engine, buffer } = tensor;
    if (engine !== this) {
      throw new Error(
        `${op}: expected a tensor of this engine as \`${name}\`, got ${format(shape)} of another; ` +
          "read it there and make it here",
      );
    }
    const owners = this.#owners.get(buffer.id);
    if (owners === undefined || !(owners.has(tensor) || tensor.isView)) {
      throw new Error(
        `${op}: expected a tensor in use as \`${name}\`, got ${format(shape)} that was disposed of; ` +
          "dispose of it later, or return it from the scope that made it",
      );
    }
  }

  #own(shape: Shape, buffer: BufferRef): Tensor {
    const tensor = new Tensor(this, shape, buffer, this.#dispose);
    this.#owners.set(buffer.id, (this.#owners.get(buffer.id) ?? new Set()).add(tensor));
    this.#scopes.at(-1)?.add(tensor);
    return tensor;
  }

  #release(tensor: Tensor): void {
    const owners = this.#owners.get(tensor.buffer.id);
    if (owners?.delete(tensor) !== true) {
      throw new Error(`dispose: tensor ${format(tensor.shape)} was disposed of before`);
    }
    if (owners.size > 0) return;
    this.#owners.delete(tensor.buffer.id);
    this.release(tensor.buffer);
  }
}

function checkLength(op: string, shape: Shape, values: Float32Array): void {
  if (values.length === size(shape)) return;
  throw new RangeError(`${op}: ${format(shape)} expects ${size(shape)} values, got ${values.length}`);
}

/** Applies an op on the engine of its inputs: see `Engine.apply`. TypeError for no tensor. */
export function apply<N extends string, A>(op: Op<N, A>, inputs: { readonly [K in N]: Tensor }, attributes: A): Tensor {
  let engine: Engine | undefined;
  for (const name in inputs) {
    checkTensor(op.name, name, inputs[name]);
    engine ??= inputs[name].engine;
  }
  if (engine === undefined) throw new TypeError(`${op.name}: expected a tensor as input, got none`);
  return engine.apply(op, inputs, attributes);
}

/** TypeError unless the input `name` of an op is a tensor. */
export function checkTensor(op: string, name: string, x: unknown): asserts x is Tensor {
  if (x instanceof Tensor) return;
  throw new TypeError(`${op}: expected a tensor as \`${name}\`, got ${kindOf(x)}; make one by \`engine.tensor\``);
}

/** TypeError unless `engine`, the first argument of a function, is an engine. */
export function checkEngine(op: string, engine: unknown): asserts engine is Engine {
  if (engine instanceof Engine) return;
  throw new TypeError(`${op}: expected an engine, got ${kindOf(engine)}; give what \`openGpu()\` gives`);
}

/** TypeError unless `f`, the argument `name` of a function, is a function itself. */
export function checkFunction(op: string, name: string, f: unknown): void {
  if (typeof f === "function") return;
  throw new TypeError(`${op}: expected a function as \`${name}\`, got ${kindOf(f)}`);
}

/**
 * The objects that can be reached from `value` through arrays and records, which may be nested as
 * deeply as memory allows, shared and cyclic.
 */
function objectsIn(value: unknown): ReadonlySet<unknown> {
  const found = new Set<unknown>([value]);
  // The loop also comes to those that it adds.
  for (const each of found) {
    const isRecord = typeof each === "object" && each !== null && Object.getPrototypeOf(each) === Object.prototype;
    if (!isRecord && !Array.isArray(each)) continue;
    for (const part of Object.values(each)) if (typeof part === "object" && part !== null) found.add(part);
  }
  return found;
}

/** The complete definition of an operation over inputs named `N`, with attributes `A`. */
export interface Op<N extends string, A = Record<never, never>> {
  readonly name: string;
  /** The output's shape. Throws RangeError that names the op and the shapes that it got. */
  shape(shapes: { readonly [K in N]: Shape }, attributes: A): Shape;
  /** Writes `y` with one or more dispatches. */
  forward(gpu: Gpu, inputs: { readonly [K in N]: Tensor }, y: Tensor, attributes: A): void;
  /**
   * Each input's gradient from the output's gradient `dy`, made of ops, so that it can be
   * differentiated again. Null for an input without a gradient. Where an input is repeated to the
   * shape of y, its gradient may have that shape: the tape sums it over the repeated axes.
   */
  backward(
    dy: Tensor,
    inputs: { readonly [K in N]: Tensor },
    y: Tensor,
    attributes: A,
  ): { readonly [K in N]: (() => Tensor) | null };
}

/** One applied op, as a tape sees it. */
export interface Call {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attributes: unknown;
  readonly output: Tensor;
  /** As of the op, for the inputs of this call. */
  backward(dy: Tensor): Readonly<Record<string, (() => Tensor) | null>>;
}

/**
 * Is told of every op: `before` its first dispatch, while the output's values are undefined, and
 * `after` its last one.
 */
export interface Watcher {
  before?(call: Call): void;
  after?(call: Call): void;
}
