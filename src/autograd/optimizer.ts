import type { BufferRef } from "../kernels/command.ts";
import { dispose, Resource } from "../kernels/dispose.ts";
import { sweep } from "../kernels/grid.ts";
import { checkArray } from "../kernels/numbers.ts";
import { checkOptions } from "../kernels/options.ts";
import { checkTensor, type Tensor } from "../tensor/engine.ts";
import { format, sameShape, size } from "../tensor/shape.ts";
import { clipByGlobalNorm } from "./clip.ts";
import { checkParameters, type Parameters } from "./parameters.ts";
import { valueAndGrad } from "./tape.ts";

/** What an optimizer remembers between two steps: how many there were, and its moments by name. */
export type MomentsState = { readonly steps: number } & Readonly<Record<string, number | Float32Array>>;

/** The whole state of an optimizer between two steps. */
export interface OptimizerState {
  /** The flat parameters. */
  readonly parameters: Float32Array;
  /** Of `Adam` and `AdamW`: `steps`, and the moments `mean` and `square`. */
  readonly adam?: MomentsState;
  /** Of `Sgd`: `steps`, and the moment `velocity`. */
  readonly sgd?: MomentsState;
}

/** What `minimize` does to the gradients before the step. */
export interface MinimizeOptions {
  /** Greatest norm of all gradients together: see `clipByGlobalNorm`. Default: no limit. */
  readonly clipNorm?: number | undefined;
}

/** What a step of a method updates, all of one length, and how. */
export interface Update {
  readonly op: string;
  readonly vectors: number;
  readonly sweep: ReturnType<typeof sweep>;
  readonly theta: BufferRef;
  readonly gradient: BufferRef;
  /** In the order of their names. */
  readonly moments: readonly BufferRef[];
  /** Number of the step, from 1 on. */
  readonly steps: number;
  readonly learningRate: number;
}

/** What tells one method from another. */
interface Method {
  /** Name in errors and records. */
  readonly op: string;
  /** Under which the moments are saved. */
  readonly key: "adam" | "sgd";
  readonly moments: readonly string[];
}

/**
 * Changes parameters step by step against their gradients, all of them in one dispatch. It owns its
 * moments, which begin as zeros, and a flat gradient until `dispose`; the parameters stay the
 * caller's. Learning rates are given to each step, so a schedule is any function of its number.
 */
export abstract class Optimizer<N extends string = string> extends Resource {
  readonly parameters: Parameters<N>;
  readonly #method: Method;
  readonly #moments: readonly Tensor[];
  // Flat, like the parameters. The gaps between parameters stay zero, and with them the moments.
  readonly #gradient: Tensor;
  readonly #parts: readonly Tensor[]; // views of the gradient, one per parameter
  #steps = 0;

  constructor(parameters: Parameters<N>, method: Method) {
    super();
    checkParameters(method.op, parameters);
    const { engine, shape } = parameters.flat;
    this.parameters = parameters;
    this.#method = method;
    const [gradient, ...moments] = engine.scope((): [Tensor, ...Tensor[]] => {
      const zeros = engine.zeros(shape);
      const copies = method.moments.map(() => {
        const moment = engine.empty(shape);
        engine.copy(method.op, zeros.buffer, moment.buffer); // quicker than another upload
        return moment;
      });
      return [zeros, ...copies];
    });
    this.#moments = moments;
    this.#gradient = gradient;
    this.#parts = Object.values<Tensor>(parameters.named).map(({ shape, buffer }) =>
      engine.view(gradient, shape, buffer.offset / 4),
    );
  }

  /** Records the dispatch of one step. */
  protected abstract update(update: Update): void;

  /**
   * One step with a learning rate. `gradients` are in the order of the parameters. RangeError when
   * a gradient has another shape than its parameter and for a learning rate that is no number from
   * 0 on, Error for a gradient of another engine.
   */
  step(gradients: readonly Tensor[], learningRate: number): void {
    const { op } = this.#method;
    const { flat, named } = this.parameters;
    const gpu = flat.engine;
    const names = Object.keys(named);
    checkArray(op, "gradients", gradients);
    if (gradients.length !== names.length) {
      throw new RangeError(`${op}: expected ${names.length} gradients, got ${gradients.length}`);
    }
    if (!(learningRate >= 0 && learningRate < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${op}: expected a learning rate from 0 on, got ${learningRate}`);
    }
    gradients.forEach((gradient, i) => {
      checkTensor(op, `gradient of ${names[i]}`, gradient);
      const part = this.#parts[i] as Tensor;
      if (!sameShape(part.shape, gradient.shape)) {
        throw new RangeError(
          `${op}: expected ${format(part.shape)} as the gradient of \`${names[i]}\`, got ${format(gradient.shape)}`,
        );
      }
      if (gradient.engine !== gpu) {
        throw new Error(`${op}: expected the gradient of \`${names[i]}\` on the parameters' engine, got another's`);
      }
    });
    gradients.forEach(({ buffer }, i) => {
      gpu.copy(op, buffer, (this.#parts[i] as Tensor).buffer);
    });
    this.#steps++;
    const vectors = size(flat.shape) / 4;
    this.update({
      op,
      vectors,
      sweep: sweep(gpu.family, vectors),
      theta: flat.buffer,
      gradient: this.#gradient.buffer,
      moments: this.#moments.map(({ buffer }) => buffer),
      steps: this.#steps,
      learningRate,
    });
  }

  /** One step along −∂loss/∂parameters; returns the loss before it. Call it inside a scope. */
  minimize(loss: () => Tensor, learningRate: number, options: MinimizeOptions = {}): Tensor {
    checkOptions("minimize", options, ["clipNorm"]);
    const { clipNorm } = options;
    const { value, gradients } = valueAndGrad(Object.values<Tensor>(this.parameters.named), loss);
    this.step(clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm), learningRate);
    return value;
  }

  /** The state, parameters included, from which another optimizer of the same kind can continue. */
  async save(): Promise<OptimizerState> {
    const { flat } = this.parameters;
    const { key, moments } = this.#method;
    const state: Record<string, number | Float32Array> = { steps: this.#steps };
    for (const [i, name] of moments.entries()) state[name] = await flat.engine.read(this.#moments[i] as Tensor);
    return { parameters: await flat.engine.read(flat), [key]: state };
  }

  /**
   * Continues bit for bit from a state that `save` returned. RangeError for a state of another
   * method or of other lengths; then nothing has changed.
   */
  load(state: OptimizerState): void {
    const { flat } = this.parameters;
    const { op, key, moments } = this.#method;
    const own = state[key];
    if (own === undefined) {
      const got = Object.keys(state).filter((name) => name !== "parameters");
      throw new RangeError(`${op}: expected a state of ${key}, got one of ${got.join(", ") || "nothing"}`);
    }
    const arrays = [state.parameters, ...moments.map((name) => own[name])].map((values, i) => {
      if (values instanceof Float32Array && values.length === size(flat.shape)) return values;
      const name = i === 0 ? "parameters" : moments[i - 1];
      const got = values instanceof Float32Array ? `${values.length}` : "none";
      throw new RangeError(`${op}: expected ${size(flat.shape)} float32 values as \`${name}\`, got ${got}`);
    });
    [flat, ...this.#moments].forEach((tensor, i) => {
      flat.engine.write(tensor, arrays[i] as Float32Array);
    });
    this.#steps = own.steps;
  }

  dispose(): void {
    dispose(...this.#moments, this.#gradient);
  }
}

/** All float32 values of a state. */
export const valuesOf = ({ parameters, adam, sgd }: OptimizerState): readonly Float32Array[] => [
  parameters,
  ...Object.values({ ...adam, ...sgd }).filter((value) => value instanceof Float32Array),
];
