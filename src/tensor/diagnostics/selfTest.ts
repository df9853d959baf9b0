import { dispose } from "../../kernels/dispose.ts";
import { LANES } from "../../kernels/family.ts";
import { lanes, random } from "../../kernels/shaders.generated.ts";
import type { Engine } from "../engine.ts";
import { add } from "../ops/elementwise.ts";
import { matmul } from "../ops/product/matmul.ts";
import { DISTRIBUTIONS } from "../ops/random.ts";

/**
 * A known answer of philox4x32-10, with digits of π as counter and key: file kat_vectors of
 * Random123 (Salmon, Moraes, Dror, Shaw 2011).
 */
const PHILOX = {
  counter: { offset_low: 0x243f6a88, offset_high: 0x85a308d3, stream: 0x13198a2e, purpose: 0x03707344 },
  key: { seed_low: 0xa4093822, seed_high: 0x299f31d0 },
  bits: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
} as const;

/**
 * Runs a sum, an 8 × 8 product and a known answer of Philox on the device, and for family
 * `subgroup` queries the size of a subgroup: kernels written for 8 lanes would silently give wrong
 * numbers elsewhere. Values are small integers, so that the answers are exact. Throws Error naming
 * the wrong result. Takes milliseconds once the driver has compiled the kernels.
 */
export async function selfTest(engine: Engine): Promise<void> {
  if (engine.family === "subgroup") {
    const y = engine.allocate("selfTest", 4 * LANES);
    engine.dispatch({ op: "selfTest", kernel: lanes, buffers: { y }, params: { count: LANES }, workgroups: [1, 1, 1] });
    const expected = Array.from({ length: LANES }, (_, lane) => 256 * LANES + lane);
    compare("size and lanes of a subgroup", new Uint32Array(await engine.download(y)), expected);
    engine.release(y);
  }

  const a = Array.from({ length: 64 }, (_, i) => ((7 * i) % 11) - 5);
  const b = Array.from({ length: 64 }, (_, i) => ((5 * i) % 13) - 6);
  const [sum, product] = engine.scope(() => {
    const [x, w] = [engine.tensor(a, [8, 8]), engine.tensor(b, [8, 8])];
    return [add(x, w), matmul(x, w)] as const;
  });
  compare(
    "a + b",
    await engine.read(sum),
    a.map((v, i) => v + (b[i] as number)),
  );
  const dot = (i: number, j: number): number => {
    let total = 0;
    for (let k = 0; k < 8; k++) total += (a[8 * i + k] as number) * (b[8 * k + j] as number);
    return total;
  };
  compare(
    "a · b",
    await engine.read(product),
    a.map((_, i) => dot(Math.floor(i / 8), i % 8)),
  );
  dispose(sum, product);

  const y = engine.allocate("selfTest", 16);
  engine.dispatch({
    op: "selfTest",
    kernel: random,
    constants: { DISTRIBUTION: DISTRIBUTIONS.indexOf("bits") },
    buffers: { y },
    params: { vectors: 1, ...PHILOX.counter, ...PHILOX.key },
    workgroups: [1, 1, 1],
  });
  compare("philox", new Uint32Array(await engine.download(y)), PHILOX.bits);
  engine.release(y);
}

function compare(name: string, actual: ArrayLike<number>, expected: readonly number[]): void {
  const wrong = expected.findIndex((value, i) => actual[i] !== value);
  if (wrong >= 0) {
    throw new Error(`selfTest: ${name}: expected ${expected[wrong]} as value ${wrong}, got ${actual[wrong]}`);
  }
}
