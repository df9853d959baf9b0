import type { BufferRef } from "../kernels/command.ts";
import type { Gpu } from "../kernels/gpu.ts";
import { checkShape, format, type Shape, sameShape, size } from "./shape.ts";

/**
 * What a scope may return: tensors, or arrays and records of them; everything else passes through.
 */
export type Kept = unknown;

/**
 * Makes tensors, runs ops, and owns the memory of both. Users never count references: see `scope`.
 */
export class Engine {
  readonly gpu: Gpu;
  readonly #watchers = new Set<Watcher>();
  readonly #scopes: Set<Tensor>[] = [];
  readonly #owners = new Map<number, number>(); // tensors that share a buffer, by the buffer's id

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /**
   * A tensor with the given values, or with undefined contents. RangeError when the number of
   * values differs from the shape's.
   */
  tensor(shape: Shape, values?: ArrayLike<number>): Tensor {
    checkShape("tensor", shape);
    const tensor = this.#own(shape, this.gpu.allocate("tensor", 4 * size(shape)));
    if (values !== undefined) this.write(tensor, values);
    return tensor;
  }

  /** Overwrites all values of a tensor, after everything recorded so far. */
  write(tensor: Tensor, values: ArrayLike<number>): void {
    this.#mine(tensor);
    if (values.length !== size(tensor.shape)) {
      throw new RangeError(
        `tensor: ${format(tensor.shape)} expects ${size(tensor.shape)} values, got ${values.length}`,
      );
    }
    this.gpu.upload(tensor.buffer, values instanceof Float32Array ? values : Float32Array.from(values));
  }

  /** The values of a tensor. Rejects with the device's first error, if it reported any. */
  async read(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    this.#mine(tensor);
    return new Float32Array(await this.gpu.download(tensor.buffer));
  }

  /** The one place where an op runs: shape rule, dispatches, then whoever listens. */
  apply<N extends string, A>(op: Op<N, A>, inputs: { readonly [K in N]: Tensor }, attributes: A): Tensor {
    const shapes = Object.fromEntries(Object.entries<Tensor>(inputs).map(([name, t]) => [name, t.shape]));
    const shape = op.shape(shapes as { [K in N]: Shape }, attributes);
    for (const tensor of Object.values<Tensor>(inputs)) this.#mine(tensor);
    const output = this.#own(shape, this.gpu.allocate(op.name, 4 * size(shape)));
    const backward = (dy: Tensor) => op.backward(dy, inputs, output, attributes);
    const call: Call = { name: op.name, inputs, attributes, output, backward };
    try {
      for (const watcher of this.#watchers) watcher.before?.(call);
      op.forward(this.gpu, inputs, output, attributes);
    } catch (error) {
      this.free(output);
      throw error;
    }
    for (const watcher of this.#watchers) watcher.after?.(call);
    return output;
  }

  /**
   * The same values under another shape, without a copy. `backward` of the call restores the first
   * shape.
   */
  reshape(x: Tensor, shape: Shape): Tensor {
    checkShape("reshape", shape);
    if (size(shape) !== size(x.shape)) {
      throw new RangeError(`reshape: expected ${size(x.shape)} values as in ${format(x.shape)}, got ${format(shape)}`);
    }
    if (sameShape(shape, x.shape)) return x;
    const output = this.#own(shape, x.buffer);
    const backward = (dy: Tensor) => ({ x: () => this.reshape(dy, x.shape) });
    const call: Call = { name: "reshape", inputs: { x }, attributes: { shape }, output, backward };
    for (const watcher of this.#watchers) watcher.before?.(call);
    for (const watcher of this.#watchers) watcher.after?.(call);
    return output;
  }

  /**
   * A tensor over part of a buffer that the caller owns, such as a parameter in a flat buffer. It
   * is never freed by scopes.
   */
  view(shape: Shape, buffer: BufferRef): Tensor {
    checkShape("view", shape);
    if (buffer.bytes !== 4 * size(shape)) {
      throw new RangeError(`view: ${format(shape)} takes ${4 * size(shape)} bytes, got ${buffer.bytes}`);
    }
    return { shape, buffer, engine: this };
  }

  /**
   * Runs `f` and frees every tensor made inside, except those it returns (alone, in arrays or in
   * records), which pass to the scope around, or to the caller where there is none. `f` is
   * synchronous: read values outside.
   */
  scope<T>(f: () => T): T {
    const made = new Set<Tensor>();
    this.#scopes.push(made);
    let result: T | undefined;
    try {
      result = f();
      if (result instanceof Promise)
        throw new TypeError("scope: expected a synchronous function, got a promise; read outside");
      return result;
    } finally {
      this.#scopes.pop();
      const kept = new Set<Tensor>();
      collect(result, kept);
      for (const tensor of made) {
        if (!kept.has(tensor)) this.#release(tensor);
        else this.#scopes.at(-1)?.add(tensor);
      }
    }
  }

  /** Frees a tensor that no scope owns any more. Error when it was freed before. */
  free(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) {
      this.#mine(tensor);
      for (const scope of this.#scopes) scope.delete(tensor);
      this.#release(tensor);
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

  /** References of two devices look alike: mixing them would read another tensor's values. */
  #mine({ shape, engine }: Tensor): void {
    if (engine.gpu !== this.gpu)
      throw new Error(`engine: expected a tensor of this device, got ${format(shape)} of another`);
  }

  #own(shape: Shape, buffer: BufferRef): Tensor {
    const tensor: Tensor = { shape, buffer, engine: this };
    this.#owners.set(buffer.id, (this.#owners.get(buffer.id) ?? 0) + 1);
    this.#scopes.at(-1)?.add(tensor);
    return tensor;
  }

  #release(tensor: Tensor): void {
    const owners = this.#owners.get(tensor.buffer.id);
    if (owners === undefined) throw new Error(`free: tensor ${format(tensor.shape)} was already freed or is a view`);
    if (owners > 1) {
      this.#owners.set(tensor.buffer.id, owners - 1);
    } else {
      this.#owners.delete(tensor.buffer.id);
      this.gpu.release(tensor.buffer);
    }
  }
}

function collect(value: Kept, into: Set<Tensor>): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  if ("engine" in value && "buffer" in value) into.add(value as Tensor);
  else if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) collect(item, into);
}
/**
 * A shape and the GPU buffer that holds its float32 values in row-major order. It has no methods:
 * ops are functions.
 */
export interface Tensor {
  readonly shape: Shape;
  readonly buffer: BufferRef;
  readonly engine: Engine;
}
/** The whole definition of an operation over inputs named `N`, with attributes `A`. */
export interface Op<N extends string, A = Record<never, never>> {
  readonly name: string;
  /** The output's shape, or a RangeError that names the op and the shapes it got. */
  shape(
    shapes: {
      readonly [K in N]: Shape;
    },
    attributes: A,
  ): Shape;
  /** Writes `y` with one or more dispatches. */
  forward(
    gpu: Gpu,
    inputs: {
      readonly [K in N]: Tensor;
    },
    y: Tensor,
    attributes: A,
  ): void;
  /**
   * Each input's gradient from the output's gradient `dy`, made of ops, so that it can be
   * differentiated again. Null: none.
   */
  backward(
    dy: Tensor,
    inputs: {
      readonly [K in N]: Tensor;
    },
    y: Tensor,
    attributes: A,
  ): {
    readonly [K in N]: (() => Tensor) | null;
  };
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
 * Who is told of every op: `before` its first dispatch, when the output holds nothing yet, and
 * `after` its last.
 */
export interface Watcher {
  before?(call: Call): void;
  after?(call: Call): void;
}
