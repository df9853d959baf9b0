// What the device can do at most, measured in the same process and at the same time as the cases.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Gpu } from "../src/index.ts";
import type { Timed } from "./measure.ts";
import { root } from "./root.ts";

export interface Ceiling extends Timed {
  /** Flops or bytes of one run. */
  readonly amount: number;
  /** Cores that a run keeps busy on a CPU adapter: `Sample.norm` takes all of them to be. */
  readonly busy: number;
  close(): void;
}

const [TURNS, STEPS] = [500, 32]; // STEPS as in ceiling.wgsl

/** Multiplications and additions in registers. */
export function flopsCeiling(gpu: Gpu, cpu: boolean): Ceiling {
  const code = readFileSync(join(root, "bench/ceiling.wgsl"), "utf8");
  const kernel = {
    name: "ceiling",
    digest: createHash("sha256").update(code).digest("hex").slice(0, 16),
    constants: { LANES: 8 as number },
    params: { turns: "u32", b: "f32", c: "f32" },
    buffers: { y: "read_write" },
    code,
  } as const;
  const [LANES, groups] = cpu ? [8, 256] : [256, 4096];
  const y = gpu.allocate("bench", 4 * LANES * groups);
  const params = { turns: TURNS, b: 0.999, c: 0.001 };
  return {
    amount: 20 * STEPS * TURNS * LANES * groups,
    busy: availableParallelism(),
    run: () => gpu.dispatch("bench", kernel, { LANES }, { y }, params, [groups, 1, 1]),
    done: () => gpu.done(),
    close: () => gpu.free(y),
  };
}

/** The driver's own copy of 16 M floats, faster than any kernel that copies: bytes read and written. One thread does it on a CPU. */
export function bytesCeiling(gpu: Gpu): Ceiling {
  const bytes = 1 << 26;
  const [x, y] = [gpu.allocate("bench", bytes), gpu.allocate("bench", bytes)];
  gpu.upload(x, new Float32Array(bytes / 4));
  return {
    amount: 2 * bytes,
    busy: 1,
    run: () => gpu.copy("bench", x, y),
    done: () => gpu.done(),
    close() {
      gpu.free(x);
      gpu.free(y);
    },
  };
}
