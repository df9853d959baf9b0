import { Adam, type AdamOptions, type AdamState } from "../../autograd/adam.ts";
import type { Parameters } from "../../autograd/parameters.ts";
import { valueAndGrad } from "../../autograd/tape.ts";
import { type Resource, resource } from "../../kernels/dispose.ts";
import type { Tensor } from "../../tensor/engine.ts";

/** Adam on parameters. `dispose` gives its moments back; the parameters stay the caller's. */
export interface Optimizer extends Resource {
  readonly parameters: Parameters;
  /**
   * One step of Adam down the gradient of `loss` by the parameters alone; returns the loss before
   * it.
   */
  minimize(loss: () => Tensor, lr: number): Tensor;
  save(): Promise<OptimizerState>;
  /** Goes on bit for bit from what `save` gave. RangeError when it has other sizes. */
  load(state: OptimizerState): void;
}

/** All that an optimizer is between two steps. */
export interface OptimizerState {
  /** The flat parameters. */
  readonly parameters: Float32Array;
  readonly adam: AdamState;
}

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
