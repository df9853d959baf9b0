// Cold start: the first training step with an empty and with a filled cache of the driver.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./root.ts";
import type { Row } from "./row.ts";

interface Start {
  readonly opened: number;
  readonly wall: number;
  readonly cpu: number;
}

function start(model: string, batch: number, cache: string): Start {
  const script = join(root, ".test-build/bench/coldStart.js");
  const output = execFileSync(process.execPath, [script, model, String(batch)], {
    encoding: "utf8",
    env: { ...process.env, MESA_SHADER_CACHE_DIR: cache },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 180_000,
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Start;
}

/**
 * Two rows: the first run with an empty cache (Mesa's; other drivers have caches of their own),
 * then a run with the cache that the first one filled.
 */
export function coldStarts(model: "conv-AE" | "default", batch: number): Row[] {
  const cache = mkdtempSync(join(tmpdir(), "brenier-bench-"));
  try {
    return ["empty", "warm"].map((state) => {
      const { opened, wall, cpu } = start(model, batch, cache);
      return {
        name: `first training step, ${state} driver cache`,
        shape: `${model === "default" ? "default autoencoder" : model}, batch ${batch}`,
        times: { min: wall, median: wall, norm: Number.NaN, cpu },
        note: `from the start of the process (device open after ${opened.toFixed(0)} ms); CPU ${cpu.toFixed(0)} ms`,
        peers: {},
      };
    });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
