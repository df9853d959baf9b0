// Every system of pictures trains on the network `dcgan`, and its samples do not depend on each
// other.

import * as assert from "uvu/assert";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import type { AutoencoderConfig } from "../../../src/models/networks/networks.ts";
import { aeGaussian } from "../../../src/models/systems/aeGaussian.ts";
import { gan } from "../../../src/models/systems/gan.ts";
import { pictureNetworks } from "../../../src/models/systems/ganSystem.ts";
import { vae } from "../../../src/models/systems/vae.ts";
import { waeMmd } from "../../../src/models/systems/waeMmd.ts";
import { gradientPenalty, wganGp } from "../../../src/models/systems/wganGp.ts";
import type { ImageSource } from "../../../src/models/training/training.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const engine = await testEngine();
const config: AutoencoderConfig = { height: 8, width: 8, channels: 1, latent: 4, network: "dcgan" };
const pixelsOf = (n: number): Float32Array =>
  Float32Array.from({ length: 64 }, (_, i) => 0.5 + 0.5 * Math.sin(i * (1 + (n % 5)) + n));
const images: ImageSource = {
  count: 24,
  batch: (indices) => Float32Array.from(Array.from(indices).flatMap((n) => [...pixelsOf(n)])),
};

for (const make of [aeGaussian, vae, waeMmd, gan, wganGp]) {
  const system = make(engine, config);
  describe(`${system.name} on dcgan`, {
    async "trains for 6 steps; losses are finite; pictures are; nothing stays on the device"() {
      const before = engine.memory().inUse;
      const losses: number[] = [];
      const trained = await system.train(images, {
        epochs: 2,
        batch: 8,
        seed: 3,
        every: 1,
        onProgress: (at) => void losses.push(...Object.values(at.losses)),
      });
      assert.ok(losses.length >= 6 && losses.every(Number.isFinite), `${losses}`);
      const sample = await trained.sample({ count: 3, seed: 5 });
      assert.is(sample.length, 3 * 64);
      assert.ok(sample.every((p) => p >= 0 && p <= 1));
      assert.not.equal(sample.subarray(0, 64), sample.subarray(64, 128));
      trained.dispose();
      assert.is(engine.memory().inUse, before, "bytes in use");
    },
  });
}

describe("critic on dcgan", {
  async "has no batch norm: a row's score is its own, and the penalty's gradient is its slope (2 %)"() {
    const critic = pictureNetworks("test", engine, config).critic(hostRandom(1, 1));
    const x = engine.tensor(images.batch([0, 1]), [2, 8, 8, 1]);
    const { both, one } = engine.scope(() => ({
      both: critic.run(x),
      one: critic.run(engine.tensor(pixelsOf(1), [1, 8, 8, 1])),
    }));
    const [second, alone] = [(await engine.read(both))[1] as number, (await engine.read(one))[0] as number];
    assert.ok(Math.abs(second - alone) <= 1e-4 * (1 + Math.abs(alone)), `${second} beside another, ${alone} alone`);
    const weights = critic.parameters.named["conv2.w"] as Tensor;
    const penalty = (): Tensor => gradientPenalty((y) => critic.run(y), x);
    const { gradients } = engine.scope(() => ({ gradients: valueAndGrad([weights], penalty).gradients }));
    const [first, g] = [await engine.read(weights), await engine.read(gradients[0])];
    const length = Math.sqrt(g.reduce((sum, v) => sum + v * v, 0));
    assert.ok(length > 0);
    const at = async (shift: number): Promise<number> => {
      engine.write(
        weights,
        first.map((v, i) => v + (shift * (g[i] as number)) / length),
      );
      const value = engine.scope(penalty);
      const read = (await engine.read(value))[0] as number;
      value.dispose();
      return read;
    };
    const h = 1e-4; // so small that no slope of .2 becomes one of 1, where the penalty jumps
    const slope = ((await at(h)) - (await at(-h))) / (2 * h);
    assert.ok(Math.abs(slope - length) <= 0.02 * length, `slope ${slope}, length ${length}`);
    dispose(both, one, x, ...gradients, critic.parameters.flat);
  },
});
