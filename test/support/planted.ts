import * as assert from "uvu/assert";
import { Checker } from "../../src/audit/references/checker.ts";
import type { Dispatch } from "../../src/kernels/command.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Family } from "../../src/kernels/family.ts";
import { Gpu } from "../../src/kernels/gpu.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { Engine, type Tensor } from "../../src/tensor/engine.ts";
import type { KernelName } from "../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../src/tensor/shape.ts";
import { ALL_KERNELS, plainDevice } from "./device.ts";

/** Work for an engine. */
export type Work = (engine: Engine) => unknown;

/** An error in a kernel: its text has `to` in place of `from`. */
export interface Plant {
  /** A family that runs the kernel. */
  readonly family: Family;
  readonly from: string;
  readonly to: string;
  /** Makes the family run it. */
  readonly work: Work;
}

/** An engine that runs one kernel with a changed text. */
class Planted extends Engine {
  change: (Pick<Plant, "from" | "to"> & { readonly kernel: string }) | undefined;
  /** How often the changed kernel ran. */
  ran = 0;

  override dispatch<K extends Kernel>(dispatch: Dispatch<K>): void {
    const { kernel } = dispatch;
    if (this.change === undefined || kernel.name !== this.change.kernel) {
      super.dispatch(dispatch);
      return;
    }
    const { from, to } = this.change;
    assert.ok(kernel.code.includes(from), `${kernel.name} has ${from}`);
    this.ran++;
    super.dispatch({ ...dispatch, kernel: { ...kernel, code: kernel.code.replace(from, to) } });
  }
}

/** An engine and a queue on which its kernels may run again, by family. */
const opened = new Map<Family, { readonly engine: Planted; readonly spare: Gpu }>();
let device: Promise<GPUDevice> | undefined;

async function open(family: Family) {
  device ??= plainDevice(["subgroups"]);
  const kernels = ALL_KERNELS.find((config) => config.family === family);
  const pair = opened.get(family) ?? {
    engine: new Planted(await device, kernels),
    spare: new Gpu(await device, kernels),
  };
  opened.set(family, pair);
  return pair;
}

/** The verdict of the audit on `work`: "sound", or the first error. */
async function verdict(engine: Planted, spare: Gpu, work: Work): Promise<string> {
  using checker = new Checker(engine, spare, () => undefined);
  await work(engine);
  return checker.settle().then(
    () => "sound",
    (error: Error) => error.message,
  );
}

/**
 * A test that the audit finds an error that is planted in a kernel, and finds none without it.
 * test/audit/references/planted.test.ts demands one for every kernel, wherever it stands.
 */
export function planted(kernel: KernelName, { family, from, to, work }: Plant): Record<string, () => Promise<void>> {
  return {
    async [`the audit finds \`${to}\` for \`${from}\` in ${kernel}`]() {
      const { engine, spare } = await open(family);
      engine.change = undefined;
      assert.is(await verdict(engine, spare, work), "sound");
      engine.change = { kernel, from, to };
      engine.ran = 0;
      const message = await verdict(engine, spare, work);
      assert.ok(engine.ran > 0, `${kernel} runs`);
      assert.match(message, new RegExp(`^verify: \\w+ \\(([^)]*, )?${kernel}[,)]`));
    },
  };
}

const random = hostRandom(1, 0);

/** Work on tensors of the given shapes with values uniform in [−1, 1). */
export const on =
  <const S extends readonly Shape[]>(
    f: (...tensors: { -readonly [K in keyof S]: Tensor }) => unknown,
    ...shapes: S
  ): Work =>
  (engine) => {
    const tensors = shapes.map((shape) =>
      engine.tensor(
        Float32Array.from({ length: size(shape) }, () => 2 * random.uniform() - 1),
        shape,
      ),
    ) as { -readonly [K in keyof S]: Tensor };
    engine.scope(() => void f(...tensors));
    dispose(...tensors);
  };
