// The peak rates of the device, with which every reported rate is compared.
import type { Gpu } from "../../kernels/gpu.ts";
import { peak as kernel } from "../../kernels/shaders.generated.ts";

/** A piece of work that is limited only by the device's arithmetic, or only by its memory. */
export interface PeakWork {
  /** Flops or bytes of one run. */
  readonly amount: number;
  run(): void;
  done(): Promise<void>;
  dispose(): void;
}

const TURNS = 500;

/** Work for the arithmetic: multiplications and additions in registers. */
export function flopsPeak(gpu: Gpu, cpu: boolean): PeakWork {
  const [WORKGROUP_SIZE, groups] = cpu ? [8, 256] : [256, 4096];
  const threads = WORKGROUP_SIZE * groups;
  const y = gpu.allocate("peak", 4 * threads);
  const params = { threads, turns: TURNS, c: 0.2 };
  return {
    amount: kernel.flops(params),
    run: () =>
      gpu.dispatch({
        op: "peak",
        kernel,
        constants: { WORKGROUP_SIZE },
        buffers: { y },
        params,
        workgroups: [groups, 1, 1],
      }),
    done: () => gpu.done(),
    dispose: () => gpu.release(y),
  };
}

/**
 * Work for the memory: the driver's own copy of 16 M floats, which is faster than any copying
 * kernel. Bytes read and bytes written both count. On a CPU one thread does it.
 */
export function bytesPeak(gpu: Gpu): PeakWork {
  const bytes = 1 << 26;
  const [x, y] = [gpu.allocate("peak", bytes), gpu.allocate("peak", bytes)];
  gpu.upload(x, new Float32Array(bytes / 4));
  return {
    amount: 2 * bytes,
    run: () => gpu.copy("peak", x, y),
    done: () => gpu.done(),
    dispose() {
      gpu.release(x);
      gpu.release(y);
    },
  };
}

export interface Peak {
  readonly gflops: number;
  readonly gbps: number;
}

/**
 * Measures both rates, each the best of a few runs, in about a fifth of a second on two cores.
 * `gpu` should be a queue of its own.
 */
export async function measurePeak(gpu: Gpu, cpu: boolean): Promise<Peak> {
  const gflops = await best(flopsPeak(gpu, cpu));
  const gbps = await best(bytesPeak(gpu));
  gpu.trim();
  return { gflops, gbps };
}

const [ROUNDS, BUDGET_MS] = [4, 120];

/**
 * Billions of flops or bytes per second in the fastest of the runs that fit into the budget, after
 * one run that warms up.
 */
async function best(work: PeakWork): Promise<number> {
  work.run();
  await work.done();
  const begin = performance.now();
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && (round === 0 || performance.now() - begin < BUDGET_MS); round++) {
    const start = performance.now();
    work.run();
    await work.done();
    fastest = Math.min(fastest, performance.now() - start);
  }
  work.dispose();
  return work.amount / fastest / 1e6;
}
