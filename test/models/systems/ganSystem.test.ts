// What the networks of pictures do besides their layers: batch norm that is frozen, dropout.

import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { dropout } from "../../../src/models/networks/layers.ts";
import { pictureNetworks } from "../../../src/models/systems/ganSystem.ts";
import { normal } from "../../../src/tensor/ops/random.ts";
import { sum } from "../../../src/tensor/ops/sum.ts";
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

  async "dropout keeps a share of 1 − p, scaled by 1 / (1 − p), and its gradient is the same mask"() {
    const n = 20_000;
    const draw = { seed: 1, stream: 5 };
    const { value, gradients } = engine.scope(() => {
      const x = engine.tensor(new Float32Array(n).fill(3), [n / 4, 4]);
      const ones = engine.tensor(new Float32Array(n).fill(1), [n / 4, 4]);
      return valueAndGrad([x], () => dropout(x, 0.25, draw), ones);
    });
    const kept = await engine.read(value);
    assert.ok(kept.every((v) => v === 0 || Math.abs(v - 4) < 1e-6));
    const share = kept.reduce((count, v) => count + (v === 0 ? 0 : 1), 0) / n;
    assert.ok(Math.abs(share - 0.75) < 4.5 * Math.sqrt((0.25 * 0.75) / n), `share ${share}`);
    assertClose(
      "gradient",
      await engine.read(gradients[0]),
      kept.map((v) => v / 3),
      1e-6,
    );
    dispose(value, ...gradients);
    const sums = engine.scope(() => {
      const x = engine.tensor(new Float32Array(n).fill(1), [n]);
      return [sum(dropout(x, 0.25, draw)), sum(dropout(x, 0.25, { ...draw, offset: n / 4 }))] as const;
    });
    assert.not.equal(await engine.read(sums[0]), await engine.read(sums[1]));
    dispose(...sums);
  },
});
