import { createParameters } from "../../autograd/parameters.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { HostRandom } from "../../math/philox.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { GanNetwork } from "./ganNetwork.ts";
import { type Activation, dense, initLayer } from "./layers.ts";
import { initial, layer } from "./network.ts";

/**
 * Dense layers of the given widths, with an activation between them:
 * x [batch, widths[0]] → dense → … → dense → [batch, widths[n]]. Layer k has the parameters
 * `densek.w` [widths[k − 1], widths[k]] and `densek.b`; see `initLayer` for their first values. The
 * activation is a ReLU unless another is given. RangeError for fewer than two widths and for those
 * that are no whole numbers from 1.
 */
export function perceptron(
  engine: Engine,
  random: HostRandom,
  widths: readonly number[],
  options: { readonly activation?: Activation } = {},
): GanNetwork {
  checkOptions("perceptron", options, ["activation"]);
  const { activation = "relu" } = options;
  if (!(Array.isArray(widths) && widths.length >= 2 && widths.every((n) => Number.isSafeInteger(n) && n >= 1))) {
    throw new RangeError(`perceptron: expected at least two widths from 1, got [${widths}]`);
  }
  const layers = widths.slice(1).map((outputs, i) => {
    const inputs = widths[i] as number;
    return [`dense${i + 1}`, initLayer(random, [inputs, outputs], outputs, inputs)] as const;
  });
  const parameters = createParameters(engine, initial(Object.fromEntries(layers)));
  const { named } = parameters;
  return {
    parameters,
    run: (x) =>
      layers.reduce((y, [name], i) => dense(y, layer(named, name), i + 1 < layers.length ? activation : "linear"), x),
  };
}
