// What the networks of pictures do besides their layers: batch norm that is frozen.

import * as assert from "uvu/assert";
import { dispose } from "../../../src/kernels/dispose.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { pictureNetworks } from "../../../src/models/systems/ganSystem.ts";
import { normal } from "../../../src/tensor/ops/random.ts";
import { assertClose } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();

describe("networks of pictures", {
  async "a frozen generator's picture depends on its own noise alone, and looks as in its batch (1e-3)"() {
    const networks = pictureNetworks("test", engine, { height: 9, width: 7, channels: 1, latent: 4 });
    const generator = networks.generator(hostRandom(1, 1));
    const z = normal(engine, [200, 4], { seed: 1, stream: 1 });
    const values = await engine.read(z);
    const before = engine.memory().inUse;
    const frozen = await generator.freezeBatchNorm(z, {});
    const { all, one, batched } = engine.scope(() => ({
      all: frozen.run(z),
      one: frozen.run(engine.tensor(values.subarray(4 * 7, 4 * 8), [1, 4])),
      batched: generator.run(z),
    }));
    const pictures = await engine.read(all);
    assertClose("alone", await engine.read(one), pictures.subarray(63 * 7, 63 * 8), 1e-5);
    assertClose("frozen on the same draws", await engine.read(batched), pictures, 1e-3);
    dispose(all, one, batched);
    frozen.dispose();
    assert.is(engine.memory().inUse, before);
    dispose(z, generator.parameters.flat);
  },
});
