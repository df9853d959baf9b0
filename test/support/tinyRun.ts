import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { digits } from "./digits.ts";

/**
 * Makes a temporary folder with 40 pictures of 12 × 12 pixels in `images`; it is removed when the
 * process ends.
 */
export function tinyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "brenier-run-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "images"));
  const all = digits(40);
  for (let n = 0; n < 40; n++) {
    const pixels = Uint8Array.from({ length: 144 }, (_, i) => {
      const [y, x] = [2 * Math.floor(i / 12) + 3, 2 * (i % 12) + 3];
      return all[n * 784 + y * 28 + x] as number;
    });
    writeFileSync(
      join(folder, "images", `${String(n).padStart(2, "0")}.png`),
      encodePng({ height: 12, width: 12, channels: 1, pixels }),
    );
  }
  return folder;
}

/**
 * Flags of a run on those pictures with 20 + 300 steps. It takes about three seconds, most of them
 * for the start of the process.
 */
export const TINY: readonly string[] = [
  "--data",
  "images",
  "--epochs",
  "5",
  "--batch",
  "9",
  "--latent",
  "5",
  "--chi2",
  "0.5",
  "--samples",
  "9",
  "--seed",
  "1",
  "--audit",
];

/** The page about a run, which shows times and is no part of what a run is compared by. */
export const REPORT = "report.html";

/** Files of a finished run, except checkpoints. */
export const FILES: readonly string[] = [
  "audit",
  "audit.jsonl",
  "config.json",
  "generator.safetensors",
  "log.jsonl",
  "model.safetensors",
  "reals.png",
  "reconstructions.png",
  REPORT,
  "samples.png",
  "summary.json",
  "timing.json",
  "transport.safetensors",
];

/**
 * Asserts that two finished runs hold the same files with the same bytes, report.html apart; only
 * times may differ, and the lines of the record about times and interruptions. The record's digest
 * in summary.json covers everything else.
 */
export function assertSameRun(actual: string, expected: string, more: readonly string[] = []): void {
  assert.equal(readdirSync(actual).sort(), [...readdirSync(expected), ...more].sort());
  for (const name of readdirSync(expected)) {
    const read = (folder: string): Buffer => readFileSync(join(folder, name));
    if (name === "log.jsonl") assert.equal(logOf(actual), logOf(expected), "log.jsonl");
    else if (!["timing.json", "audit", "audit.jsonl", REPORT].includes(name))
      assert.ok(read(actual).equals(read(expected)), `${actual}: ${name} differs`);
  }
}

/** The lines of a run's log, without the seconds. */
export function logOf(folder: string): readonly unknown[] {
  const lines = readFileSync(join(folder, "log.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const { seconds, ...rest } = JSON.parse(line) as Record<string, unknown>;
    assert.ok(typeof seconds === "number" && seconds >= 0, line);
    return rest;
  });
}
