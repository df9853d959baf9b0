// Tensors, and the engine that makes them, runs ops on them and owns their memory.

import type { BufferRef } from "../kernels/command.ts";
import { Resource } from "../kernels/dispose.ts";
import { Gpu } from "../kernels/gpu.ts";
import { checkShape, format, type Shape, sameShape, size } from "./shape.ts";

/**
 * A shape and the GPU buffer that holds its float32 values in row-major order. Ops are functions.
 */
export class Tensor extends Resource {
  readonly shape: Shape;
  readonly buffer: BufferRef;
  readonly engine: Engine;
  readonly #release: (tensor: Tensor) => void;

  /** Called by the engine alone, which knows how to release the memory. */
  constructor(engine: Engine, shape: Shape, buffer: BufferRef, release: (tensor: Tensor) => void) {
    super();
    this.engine = engine;
    this.shape = shape;
    this.buffer = buffer;
    this.#release = release;
  }

  /** Releases the memory, also within a scope. Error for a view, and for a second call. */
  dispose(): void {
    this.#release(this);
  }
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

  /**
   * A tensor with the given values in row-major order. Default shape: [] for a number, else one
   * axis. RangeError when the number of values differs from the shape's.
   */
  tensor(values: number | ArrayLike<number>, shape: Shape = typeof values === "number" ? [] : [values.length]): Tensor {
    checkShape("tensor", shape);
    const all = typeof values === "number" ? [values] : values;
    checkLength(shape, all);
    const floats = all instanceof Float32Array ? all : Float32Array.from(all);
    const tensor = this.empty(shape);
    this.write(tensor, floats);
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
    // First of all, so that what the device cannot hold is refused before the host fills it.
    const tensor = this.empty(shape);
    this.write(tensor, new Float32Array(size(shape)).fill(value));
    return tensor;
  }

  /** A tensor with undefined contents, to be written. */
  empty(shape: Shape): Tensor {
    checkShape("tensor", shape);
    return this.#own(shape, this.allocate("tensor", 4 * size(shape)));
  }

  /** Overwrites all values of a tensor, after everything recorded so far. */
  write(tensor: Tensor, values: ArrayLike<number>): void {
    this.#mine(tensor);
    checkLength(tensor.shape, values);
    this.upload(tensor.buffer, values instanceof Float32Array ? values : Float32Array.from(values));
  }

  /** The values of a tensor. Rejects with the device's first error, if it reported any. */
  async read(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    this.#mine(tensor);
    return new Float32Array(await this.download(tensor.buffer));
  }

  /**
   * Runs an op; there is no other way to run one. It checks the shapes, dispatches, and tells those
   * who watch.
   */
  apply<N extends string, A>(op: Op<N, A>, inputs: { readonly [K in N]: Tensor }, attributes: A): Tensor {
    const shapes = Object.fromEntries(Object.entries<Tensor>(inputs).map(([name, t]) => [name, t.shape]));
    const shape = op.shape(shapes as { [K in N]: Shape }, attributes);
    for (const tensor of Object.values<Tensor>(inputs)) this.#mine(tensor);
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
    checkShape("reshape", shape);
    this.#mine(x);
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
    checkShape("view", shape);
    this.#mine(x);
    if (!(first >= 0 && first % 64 === 0 && first + size(shape) <= size(x.shape))) {
      throw new RangeError(
        `view: expected ${format(shape)} from a multiple of 64 on, within ${format(x.shape)}, got it from ${first} on`,
      );
    }
    const buffer = { id: x.buffer.id, offset: x.buffer.offset + 4 * first, bytes: 4 * size(shape) };
    return new Tensor(this, shape, buffer, () => {
      throw new Error(`dispose: tensor ${format(shape)} is a view: its buffer belongs to another`);
    });
  }

  /**
   * Runs `f` and frees every tensor made inside, except those it returns (alone, in arrays or in
   * records), which pass to the scope around, or to the caller where there is none. `f` is
   * synchronous: read values outside.
   */
  scope<T>(f: () => T): T {
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
   * Error for a tensor of another engine. References of two engines look alike, so that mixing them
   * would read another tensor's values.
   */
  #mine({ shape, engine }: Tensor): void {
    if (engine !== this) {
      throw new Error(`engine: expected a tensor of this engine, got ${format(shape)} of another`);
    }
  }

  #own(shape: Shape, buffer: BufferRef): Tensor {
    const tensor = new Tensor(this, shape, buffer, (own) => {
      for (const scope of this.#scopes) scope.delete(own);
      this.#release(own);
    });
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

function checkLength(shape: Shape, values: ArrayLike<number>): void {
  if (values.length === size(shape)) return;
  throw new RangeError(`tensor: ${format(shape)} expects ${size(shape)} values, got ${values.length}`);
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
   * differentiated again. Null for an input without a gradient.
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
