import { dispose, Resource } from "../kernels/dispose.ts";
import { sweep } from "../kernels/grid.ts";
import { adam as kernel } from "../kernels/shaders.generated.ts";
import { integerPower } from "../math/float64.ts";
import type { Tensor } from "../tensor/engine.ts";
import { format, sameShape, size } from "../tensor/shape.ts";
import type { Parameters } from "./parameters.ts";

export interface AdamOptions {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
}

/** The state of an optimiser between steps. */
export interface AdamState {
  readonly steps: number;
  /** The first and second moments, as long as the flat parameters. */
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/**
 * Adam with bias correction (Kingma and Ba 2015, algorithm 1): θ ← θ − α · m̂ / (√v̂ + ε), all
 * parameters in one dispatch. Owns both moments and a flat gradient until `dispose`.
 */
export class Adam<N extends string> extends Resource {
  readonly parameters: Parameters<N>;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #m: Tensor;
  readonly #v: Tensor;
  // Flat, like the parameters. The gaps between parameters stay zero, and with them the moments.
  readonly #gradient: Tensor;
  readonly #parts: readonly Tensor[]; // views of the gradient, one per parameter
  #steps = 0;

  constructor(parameters: Parameters<N>, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}) {
    super();
    const { engine, shape } = parameters.flat;
    const zeros = new Float32Array(size(shape));
    this.parameters = parameters;
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
    this.#m = engine.tensor(zeros, shape);
    this.#v = engine.tensor(zeros, shape);
    const gradient = engine.tensor(zeros, shape);
    this.#gradient = gradient;
    this.#parts = Object.values<Tensor>(parameters.named).map(({ shape, buffer }) =>
      engine.view(gradient, shape, buffer.offset / 4),
    );
  }

  /**
   * One step with learning rate α. `gradients` are in the order of the parameters. RangeError when
   * a gradient has another shape than its parameter, Error when it belongs to another engine.
   */
  step(gradients: readonly Tensor[], learningRate: number): void {
    const { flat, named } = this.parameters;
    const gpu = flat.engine;
    const names = Object.keys(named);
    if (gradients.length !== names.length) {
      throw new RangeError(`adam: expected ${names.length} gradients, got ${gradients.length}`);
    }
    gradients.forEach(({ shape, engine }, i) => {
      const part = this.#parts[i] as Tensor;
      if (!sameShape(part.shape, shape)) {
        throw new RangeError(
          `adam: expected ${format(part.shape)} as the gradient of \`${names[i]}\`, got ${format(shape)}`,
        );
      }
      if (engine !== gpu) {
        throw new Error(`adam: expected the gradient of \`${names[i]}\` on the parameters' engine, got another's`);
      }
    });
    this.#steps++;
    const correction1 = 1 - integerPower(this.#beta1, this.#steps);
    const correction2 = Math.sqrt(1 - integerPower(this.#beta2, this.#steps));
    gradients.forEach(({ buffer }, i) => {
      gpu.copy("adam", buffer, (this.#parts[i] as Tensor).buffer);
    });
    const vectors = size(flat.shape) / 4;
    const { WORKGROUP_SIZE, chunk, workgroups } = sweep(gpu.family, vectors);
    gpu.dispatch({
      op: "adam",
      kernel,
      constants: { WORKGROUP_SIZE },
      buffers: { gradient: this.#gradient.buffer, theta: flat.buffer, m: this.#m.buffer, v: this.#v.buffer },
      params: {
        vectors,
        chunk,
        beta1: this.#beta1,
        beta2: this.#beta2,
        rate: (learningRate * correction2) / correction1,
        epsilon: this.#epsilon * correction2,
      },
      workgroups,
    });
  }

  /** The state from which another optimiser of these parameters can continue. */
  async save(): Promise<AdamState> {
    const { engine } = this.parameters.flat;
    return { steps: this.#steps, mean: await engine.read(this.#m), square: await engine.read(this.#v) };
  }

  /**
   * Continues bit for bit from a state that `save` returned. RangeError when its lengths are not
   * those of the parameters.
   */
  load({ steps, mean, square }: AdamState): void {
    const { engine } = this.parameters.flat;
    engine.write(this.#m, mean);
    engine.write(this.#v, square);
    this.#steps = steps;
  }

  dispose(): void {
    dispose(this.#m, this.#v, this.#gradient);
  }
}
