// A process of its own that measures one stage at one point, so that its greatest memory is that of
// this point alone.
import { availableParallelism } from "node:os";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { format } from "../../src/kernels/family.ts";
import { type Cost, clock, resident, traffic } from "./cost.ts";
import type { Point, Sizes } from "./point.ts";
import { type StageName, stageOf } from "./stages.ts";

export interface Request {
  readonly stage: StageName;
  readonly sizes: Partial<Sizes>;
}

/** The device, and what was measured on it; or what went wrong. */
export type Answer = { readonly device: Device; readonly point: Point } | { readonly error: string };

export interface Device {
  readonly adapter: string;
  readonly kernels: string;
  /** Whether the driver computes on the CPU. */
  readonly cpu: boolean;
}

/**
 * Runs are repeated while they take less than this in all, in seconds of the device: a CPU
 * driver's are the CPU time over the cores.
 */
const BUDGET = 0.5;
/** A first run that takes longer is the only one. */
const LONG = 4;
/** Sizes of a first run, which has the driver compile the kernels and the engine the JavaScript. */
const SMALL: Sizes = { targets: 64, dimension: 8, samples: 512, images: 10, batch: 2, side: 8 };

async function measure({ stage, sizes }: Request): Promise<Answer> {
  const gpu = await openGpu();
  const set = stageOf(stage);
  const small = await set(gpu, SMALL);
  await small.run();
  small.close();
  await gpu.done();
  const before = resident().now;
  const work = await set(gpu, { ...SMALL, ...sizes });
  const counted = traffic(gpu);
  const costs: Cost[] = [];
  const all = clock();
  const taken = (): number => (gpu.adapter.cpu ? all().cpu / availableParallelism() : all().wall);
  do {
    const spent = clock();
    await work.run();
    await gpu.done();
    costs.push(work.told?.() ?? spent());
  } while (taken() < BUDGET || (costs.length === 1 && taken() < LONG));
  gpu.onCommand = undefined;
  const least = (of: (cost: Cost) => number): number => Math.min(...costs.map(of));
  const runs = costs.length;
  const { adapter, kernels } = gpu;
  const answer: Answer = {
    device: { adapter: adapter.name, kernels: format(kernels), cpu: adapter.cpu },
    point: {
      stage,
      sizes,
      cost: { wall: least(({ wall }) => wall), cpu: least(({ cpu }) => cpu), host: least(({ host }) => host) },
      runs,
      how: work.told === undefined ? "whole" : "step",
      traffic: { dispatches: counted.dispatches / runs, up: counted.up / runs, down: counted.down / runs },
      memory: { before, most: resident().most, device: gpu.memory().peak },
    },
  };
  work.close();
  await gpu.dispose();
  return answer;
}

process.on("message", (request: Request) => {
  void measure(request)
    .catch((error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((answer) => process.send?.(answer));
});
process.on("disconnect", () => process.exit());
