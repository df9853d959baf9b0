import { createParameters } from "../../autograd/parameters.ts";
import type { HostRandom } from "../../math/philox.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { GanNetwork } from "./ganNetwork.ts";
import { dense, initLayer } from "./layers.ts";
import { initial, layer } from "./network.ts";

/** x [batch, inputs] → dense, ReLU, dense, ReLU, dense → [batch, outputs]. */
export function perceptron(
  engine: Engine,
  random: HostRandom,
  { inputs, hidden, outputs }: { readonly inputs: number; readonly hidden: number; readonly outputs: number },
): GanNetwork {
  const parameters = createParameters(
    engine,
    initial({
      dense1: initLayer(random, [inputs, hidden], hidden, inputs),
      dense2: initLayer(random, [hidden, hidden], hidden, hidden),
      dense3: initLayer(random, [hidden, outputs], outputs, hidden),
    }),
  );
  const { named } = parameters;
  return {
    parameters,
    run(x) {
      const a = dense(x, layer(named, "dense1"), "relu");
      return dense(dense(a, layer(named, "dense2"), "relu"), layer(named, "dense3"));
    },
  };
}
