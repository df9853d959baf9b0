import { checkNumber } from "../../kernels/numbers.ts";
import { checkTensor, type Tensor } from "../engine.ts";
import { greater } from "./compare.ts";
import { affine, exp } from "./elementwise.ts";
import { where } from "./where.ts";

/**
 * x where x > 0, else α (eˣ − 1) (Clevert, Unterthiner, Hochreiter 2016). dx = dy where x > 0, else
 * α eˣ dy.
 */
export const elu = (x: Tensor, alpha = 1): Tensor => {
  checkTensor("elu", "x", x);
  checkNumber("elu", "alpha", alpha);
  const above = greater(x, 0);
  // x is put out of the way of exp where it is large: a gradient would be 0 · ∞ there.
  return where(above, x, affine(exp(where(above, 0, x)), alpha, -alpha));
};
