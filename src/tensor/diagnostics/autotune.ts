import type { BufferRef } from "../../kernels/command.ts";
import { matmulPortable, matmulTiled } from "../../kernels/digests.generated.ts";
import { dispose } from "../../kernels/dispose.ts";
import { format, type KernelConfig } from "../../kernels/family.ts";
import { checkOptions } from "../../kernels/options.ts";
import { type Cancellable, throwIfAborted } from "../../kernels/signal.ts";
import { exp, log } from "../../math/elementary.ts";
import { sin } from "../../math/trigonometric.ts";
import type { Engine } from "../engine.ts";
import { gemm, type Product } from "../ops/product/gemm.ts";

/** A matrix product to time: a is [m, k] and b [k, n], both stored transposed or neither. */
export interface TuneShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposed: boolean;
}

/** How fast some kernels were, or why they cannot be used. */
export interface Measurement {
  readonly kernels: KernelConfig;
  /**
   * 2·m·n·k / time in GFLOP/s, for each shape the median of a few runs; empty where the kernels
   * were wrong.
   */
  readonly gflops: readonly number[];
  /** Why these kernels cannot be used on the device, if so. */
  readonly problem?: string;
}

/** The kernels that `autotune` chose, and what it measured. */
export interface Tuning {
  readonly kernels: KernelConfig;
  readonly shapes: readonly TuneShape[];
  readonly measured: readonly Measurement[];
}

/** What `autotune` measures, and for how long. */
export interface AutotuneOptions extends Cancellable {
  /** Milliseconds, such as performance.now. */
  readonly now: () => number;
  /** Milliseconds after which no further candidate is measured. Default 900. */
  readonly budget?: number;
  /**
   * What to time. Default: a square product, plain and transposed, and one as convolutions make
   * them, of a size that suits the device.
   */
  readonly shapes?: readonly TuneShape[];
}

/**
 * Changes whenever one of the measured kernels changes: part of the key under which a tuning may be
 * cached.
 */
export const TUNED: string = `${matmulPortable}.${matmulTiled}`;

/**
 * Sides of the square product among the default shapes. The first one that is expected to take at
 * most TARGET_MS is used, else LEAST_SIDE.
 */
const SIDES = [2048, 1024, 512];
const LEAST_SIDE = 256;
const TARGET_MS = 10;

/**
 * The fastest of `candidates` by the geometric mean over a few products, among those that compute
 * them right. `open` gives a Gpu with the kernels that it is handed, each on the same device. The
 * first candidate is always measured, the others while the budget lasts. Throws Error when none
 * computes right, and the reason of a signal that is aborted.
 */
export async function autotune(
  open: (kernels: KernelConfig) => Engine,
  candidates: readonly KernelConfig[],
  options: AutotuneOptions,
): Promise<Tuning> {
  checkOptions("autotune", options, ["now", "budget", "shapes", "signal"]);
  const { now, budget = 900, shapes: given, signal } = options;
  const start = now();
  const late = (): boolean => measured.length > 0 && now() - start > budget;
  let shapes = given;
  const measured: Measurement[] = [];
  for (const kernels of candidates) {
    if (late()) break;
    try {
      const gpu = open(kernels);
      await check(gpu);
      await gpu.pause(signal);
      shapes ??= shapesFor(await side(gpu, now));
      const gflops: number[] = [];
      for (const shape of shapes) {
        if (late()) break;
        gflops.push(await measure(gpu, shape, now));
        await gpu.pause(signal);
      }
      gpu.trim();
      if (gflops.length === shapes.length) measured.push({ kernels, gflops });
    } catch (error) {
      throwIfAborted(signal);
      measured.push({ kernels, gflops: [], problem: (error as Error).message });
    }
  }
  const usable = measured.filter(({ problem }) => problem === undefined);
  const best = usable.reduce<Measurement | undefined>(
    (a, b) => (a === undefined || mean(b.gflops) > mean(a.gflops) ? b : a),
    undefined,
  );
  if (best === undefined) {
    const reasons = measured.map(({ kernels, problem }) => `${format(kernels)}: ${problem}`);
    throw new Error(`autotune: expected kernels that compute right, got none; ${reasons.join("; ")}`);
  }
  return { kernels: best.kernels, shapes: shapes ?? [], measured };
}

/** The geometric mean. */
export const mean = (values: readonly number[]): number =>
  exp(values.reduce((sum, value) => sum + log(value), 0) / values.length);

function shapesFor(side: number): readonly TuneShape[] {
  const square = { m: side, n: side, k: side };
  return [
    { ...square, transposed: false },
    { ...square, transposed: true },
    { m: 4 * side, n: 64, k: side / 2, transposed: false },
  ];
}

async function side(gpu: Engine, now: () => number): Promise<number> {
  const gflops = await measure(gpu, { m: LEAST_SIDE, n: LEAST_SIDE, k: LEAST_SIDE, transposed: false }, now);
  return SIDES.find((n) => (2e-6 * n * n * n) / gflops <= TARGET_MS) ?? LEAST_SIDE;
}

/**
 * Throws Error unless products are right. The sizes divide no tile of up to 128, and each value is
 * a sum of 37 products of values up to 1.
 */
async function check(gpu: Engine): Promise<void> {
  const [m, n, k] = [131, 133, 37];
  const filled = (count: number, step: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => sin(step * (i + 1)));
  const [a, b] = [filled(m * k, 0.7), filled(k * n, 1.3)];
  const buffer = (values: Float32Array) => {
    const ref = gpu.allocate("autotune", values.byteLength);
    gpu.upload(ref, values);
    return ref;
  };
  const [left, right, y] = [buffer(a), buffer(b), gpu.allocate("autotune", 4 * m * n)];
  for (const transposed of [false, true]) {
    gemm(gpu, "autotune", product({ m, n, k, transposed }, { a: left, b: right, y }));
    const values = new Float32Array(await gpu.download(y));
    values.forEach((value, at) => {
      let expected = 0;
      for (let i = 0; i < k; i++) {
        const [row, column] = [Math.floor(at / n), at % n];
        const [atA, atB] = transposed ? [i * m + row, column * k + i] : [row * k + i, i * n + column];
        expected += (a[atA] as number) * (b[atB] as number);
      }
      if (!(Math.abs(value - expected) <= 1e-4)) {
        throw new Error(`autotune: ${format(gpu.kernels)}: expected ${expected} as value ${at}, got ${value}`);
      }
    });
  }
  for (const ref of [left, right, y]) gpu.release(ref);
}

const product = (
  { m, n, k, transposed }: TuneShape,
  { a, b, y }: { readonly a: BufferRef; readonly b: BufferRef; readonly y: BufferRef },
): Product => ({
  m,
  n,
  k,
  a: { buffer: a, alongK: !transposed, pitch: transposed ? m : k },
  b: { buffer: b, alongK: transposed, pitch: transposed ? k : n },
  y: { buffer: y, pitch: n },
});

/**
 * GFLOP/s: the median of five runs of some milliseconds each, or of three where a product takes
 * more than 20 ms.
 */
async function measure(engine: Engine, shape: TuneShape, now: () => number): Promise<number> {
  const { m, n, k } = shape;
  const values = (length: number) => Float32Array.from({ length }, (_, i) => (i % 17) / 17);
  const [a, b, y] = engine.scope(
    () => [engine.tensor(values(m * k), [m, k]), engine.tensor(values(k * n), [k, n]), engine.empty([m, n])] as const,
  );
  const time = async (repeats: number): Promise<number> => {
    const start = now();
    for (let i = 0; i < repeats; i++) {
      gemm(engine, "autotune", product(shape, { a: a.buffer, b: b.buffer, y: y.buffer }));
    }
    await engine.done();
    return (now() - start) / repeats;
  };
  await time(1); // the driver compiles
  const one = Math.max(1e-3, await time(1));
  const repeats = Math.max(1, Math.min(16, Math.ceil(2 / one)));
  const times: number[] = [];
  for (let i = 0; i < (one > 20 ? 3 : 5); i++) times.push(await time(repeats));
  dispose(a, b, y);
  const median = times.sort((p, q) => p - q)[Math.floor(times.length / 2)] as number;
  return (2e-6 * m * n * k) / Math.max(1e-6, median);
}
