// The networks of adversarial training.
import type { Parameters } from "../../autograd/parameters.ts";
import type { Tensor } from "../../tensor/engine.ts";

/** A network and its parameters. */
export interface GanNetwork {
  readonly parameters: Parameters;
  /** `drop` applies dropout: a critic of pictures applies it after each convolution. */
  run(x: Tensor, drop?: (y: Tensor) => Tensor): Tensor;
}
