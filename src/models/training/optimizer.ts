import { Adam, type AdamOptions, type AdamState } from "../../autograd/adam.ts";
import type { Parameters } from "../../autograd/parameters.ts";
import { valueAndGrad } from "../../autograd/tape.ts";
import { type Resource, resource } from "../../kernels/dispose.ts";
import type { Tensor } from "../../tensor/engine.ts";

/** Adam on parameters. `dispose` frees its moments; the parameters stay the caller's. */
export interface Optimizer extends Resource {
  readonly parameters: Parameters;
  /**
   * One step of Adam along −∂loss/∂parameters that updates these parameters alone; returns the loss
   * before the step.
   */
  minimize(loss: () => Tensor, lr: number): Tensor;
  save(): Promise<OptimizerState>;
  /**
   * Restores a state from `save`, so that training continues bit for bit. RangeError when its sizes
   * differ.
   */
  load(state: OptimizerState): void;
}

/** The whole state of an optimizer between two steps. */
export interface OptimizerState {
  /** The flat parameters. */
  readonly parameters: Float32Array;
  readonly adam: AdamState;
}

/** An optimizer for the given parameters, with moments of 0; see `Adam`. */
export function createOptimizer(parameters: Parameters, options: AdamOptions = {}): Optimizer {
  const { flat, named } = parameters;
  const adam = new Adam(parameters, options);
  const tensors: Tensor[] = Object.values(named);
  const fields: Omit<Optimizer, keyof Resource> = {
    parameters,
    minimize(loss, lr) {
      const { value, gradients } = valueAndGrad(tensors, loss);
      adam.step(gradients, lr);
      return value;
    },
    save: async () => ({ parameters: await flat.engine.read(flat), adam: await adam.save() }),
    load(state) {
      flat.engine.write(flat, state.parameters);
      adam.load(state.adam);
    },
  };
  return resource(fields, () => adam.dispose());
}
