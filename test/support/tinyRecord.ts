import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenedGpu } from "../../src/adapter/opened.ts";
import { recordAudit } from "../../src/audit/record/recordAudit.ts";
import { sealed } from "../../src/run/seal.ts";
import { add, scale } from "../../src/tensor/ops/elementwise.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";

export interface Recording {
  readonly level: "commands" | "digests";
  readonly every: number;
}

/** A temporary folder, which is removed when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "brenier-record-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Records six steps of a product and a sum, each with an upload and a download, and what a run
 * records between steps, into a new folder, with timing.json and summary.json as a run writes them.
 */
export async function tinyRecord(gpu: OpenedGpu, folder: string, { level, every }: Recording): Promise<void> {
  mkdirSync(folder);
  const recorder = await recordAudit(gpu, { folder, level, every });
  const step = async (): Promise<void> => {
    const y = gpu.scope(() => {
      const x = gpu.tensor(
        Array.from({ length: 64 }, (_, i) => i / 64),
        [8, 8],
      );
      return scale(add(matmul(x, x), x), 2);
    });
    await gpu.read(y);
    y.dispose();
  };
  for (let n = 1; n <= 6; n++) {
    recorder.phase({ stage: "autoencoder", epoch: 1, step: n });
    await step();
  }
  recorder.phase({ stage: "checkpoint" });
  await step();
  recorder.phase({ stage: "codes" });
  await step();
  const { summary, timing } = sealed(await recorder.finish(), { level, every });
  writeFileSync(join(folder, "timing.json"), `${JSON.stringify({ seconds: {}, peakBytes: 1, audit: timing })}\n`);
  writeFileSync(join(folder, "summary.json"), `${JSON.stringify({ chi2: 0.5, audit: summary })}\n`);
}
