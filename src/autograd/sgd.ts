import type { BufferRef } from "../kernels/command.ts";
import { checkNumber } from "../kernels/numbers.ts";
import { checkOptions } from "../kernels/options.ts";
import { sgd as kernel } from "../kernels/shaders.generated.ts";
import { Optimizer, type Update } from "./optimizer.ts";
import type { Parameters } from "./parameters.ts";

/** Settings of `Sgd`. */
export interface SgdOptions {
  /** μ, from 0 to below 1. Default 0: plain gradient descent. */
  readonly momentum?: number;
  /** Whether the gradient is taken where the velocity leads to. Default: false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent with momentum μ and learning rate α: v ← μv + g, θ ← θ − αv, or by Nesterov's
 * rule (in the form of Sutskever et al. 2013, section 2, with v scaled by −1/α):
 * θ ← θ − α(g + μv). RangeError for a momentum out of range.
 */
export class Sgd<N extends string = string> extends Optimizer<N> {
  readonly #momentum: number;
  readonly #nesterov: boolean;

  constructor(parameters: Parameters<N>, options: SgdOptions = {}) {
    checkOptions("sgd", options, ["momentum", "nesterov"]);
    const { momentum = 0, nesterov = false } = options;
    checkNumber("sgd", "momentum", momentum);
    if (!(momentum >= 0 && momentum < 1)) {
      throw new RangeError(`sgd: expected \`momentum\` from 0 to below 1, got ${momentum}`);
    }
    super(parameters, { op: "sgd", key: "sgd", moments: ["velocity"] });
    this.#momentum = momentum;
    this.#nesterov = nesterov;
  }

  protected update({ op, vectors, sweep, theta, gradient, moments, learningRate }: Update): void {
    const { WORKGROUP_SIZE, chunk, workgroups } = sweep;
    this.parameters.flat.engine.dispatch({
      op,
      kernel,
      constants: { WORKGROUP_SIZE, NESTEROV: this.#nesterov },
      buffers: { gradient, theta, v: moments[0] as BufferRef },
      params: { vectors, chunk, momentum: this.#momentum, rate: learningRate },
      workgroups,
    });
  }
}
