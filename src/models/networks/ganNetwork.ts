// A network that adversarial training trains.
import type { Parameters } from "../../autograd/parameters.ts";
import type { Tensor } from "../../tensor/engine.ts";

/** A network and its parameters. */
export interface GanNetwork {
  readonly parameters: Parameters;
  /** `drop` is dropout: a critic of pictures passes its convolutions' values through it. */
  run(x: Tensor, drop?: (y: Tensor) => Tensor): Tensor;
}
