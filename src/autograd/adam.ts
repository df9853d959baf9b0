import { checkNumber } from "../kernels/numbers.ts";
import { checkOptions } from "../kernels/options.ts";
import { adam as kernel } from "../kernels/shaders.generated.ts";
import { integerPower } from "../math/float64.ts";
import { Optimizer, type Update } from "./optimizer.ts";
import type { Parameters } from "./parameters.ts";

/** Settings of `Adam`. */
export interface AdamOptions {
  /** Decay of the first moment, from 0 to below 1. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment, from 0 to below 1. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
}

/** Settings of `AdamW`: those of Adam and the decay of the weights. */
export interface AdamWOptions extends AdamOptions {
  /** λ, from 0 on. Default 0.01. */
  readonly weightDecay?: number;
}

/** Adam with weight decay λ and without: the decay is computed only where it is not 0. */
abstract class DecayedAdam<N extends string> extends Optimizer<N> {
  readonly #options: Required<AdamWOptions>;

  constructor(op: string, parameters: Parameters<N>, options: Required<AdamWOptions>) {
    for (const [name, value] of Object.entries(options)) {
      checkNumber(op, name, value);
      const below = name.startsWith("beta") ? 1 : Number.POSITIVE_INFINITY;
      if (value >= 0 && value < below) continue;
      throw new RangeError(`${op}: expected \`${name}\` from 0 to below ${below}, got ${value}`);
    }
    super(parameters, { op, key: "adam", moments: ["mean", "square"] });
    this.#options = options;
  }

  protected update({ op, vectors, sweep, theta, gradient, moments, steps, learningRate }: Update): void {
    const { WORKGROUP_SIZE, chunk, workgroups } = sweep;
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    const [m, v] = moments;
    const correction1 = 1 - integerPower(beta1, steps);
    const correction2 = Math.sqrt(1 - integerPower(beta2, steps));
    this.parameters.flat.engine.dispatch({
      op,
      kernel,
      constants: { WORKGROUP_SIZE, DECAY: weightDecay > 0 },
      buffers: { gradient, theta, m: m as typeof theta, v: v as typeof theta },
      params: {
        vectors,
        chunk,
        beta1,
        beta2,
        rate: (learningRate * correction2) / correction1,
        epsilon: epsilon * correction2,
        decay: learningRate * weightDecay,
      },
      workgroups,
    });
  }
}

/**
 * Adam with bias correction (Kingma and Ba 2015, algorithm 1): θ ← θ − α · m̂ / (√v̂ + ε) with
 * learning rate α. RangeError for options out of range.
 */
export class Adam<N extends string = string> extends DecayedAdam<N> {
  constructor(parameters: Parameters<N>, options: AdamOptions = {}) {
    checkOptions("adam", options, ["beta1", "beta2", "epsilon"]);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    super("adam", parameters, { beta1, beta2, epsilon, weightDecay: 0 });
  }
}

/**
 * Adam with decoupled weight decay λ (Loshchilov and Hutter 2019, algorithm 2, with the schedule's
 * factor in α): θ ← θ − α (m̂ / (√v̂ + ε) + λθ). RangeError for options out of range.
 */
export class AdamW<N extends string = string> extends DecayedAdam<N> {
  constructor(parameters: Parameters<N>, options: AdamWOptions = {}) {
    checkOptions("adamW", options, ["beta1", "beta2", "epsilon", "weightDecay"]);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
    super("adamW", parameters, { beta1, beta2, epsilon, weightDecay });
  }
}
