import type { Engine } from "../../tensor/engine.ts";
import { matmul } from "../../tensor/ops/product/matmul.ts";

const SIDE = 512;
const ROUNDS = 5;
const REPEATS = 8;

/**
 * Floating-point operations per second of matrix products [512, 512]·[512, 512]: the median of five
 * rounds of eight products.
 */
export async function measureRate(engine: Engine): Promise<number> {
  const x = engine.tensor(new Float32Array(SIDE * SIDE).fill(0.5), [SIDE, SIDE]);
  const rounds: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const begin = performance.now();
    for (let i = 0; i < REPEATS; i++) engine.scope(() => matmul(x, x)).dispose();
    const last = engine.scope(() => matmul(x, x));
    await engine.read(last);
    last.dispose();
    // the first round compiles the kernel
    if (round >= 0) rounds.push((performance.now() - begin) / 1000 / (REPEATS + 1));
  }
  x.dispose();
  const median = rounds.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
  return (2 * SIDE * SIDE * SIDE) / median;
}
