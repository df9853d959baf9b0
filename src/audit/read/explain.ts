import { readFileSync } from "node:fs";
import { pausing } from "../../adapter/pause.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import { editDistance } from "../../kernels/nearestName.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable, Signal } from "../../kernels/signal.ts";
import { specialise } from "../../kernels/specialise.ts";
import { readRecord } from "../record/readRecord.ts";
import { readText, textDigest } from "../record/texts.ts";
import { KERNELS, type KernelRow } from "../references/table.ts";

/** A kernel text as it ran, and how often it occurs in a record. */
interface Ran {
  readonly digest: string;
  readonly code: string;
  readonly times: number | undefined;
}

/**
 * The texts of a kernel and then its float64 reference, as lines. With the folder of a run, the
 * texts are all specialised texts that ran, with their digests and how often each ran; otherwise
 * the text has the defaults of its constants. Undefined for a kernel that neither the package nor
 * the record knows. DataError for a folder without a record, or with a damaged one.
 */
export async function explainKernel(
  name: string,
  folder?: string,
  options: Cancellable = {},
): Promise<readonly string[] | undefined> {
  checkOptions("explainKernel", options, ["signal"]);
  const { signal } = options;
  const row = Object.hasOwn(KERNELS, name) ? KERNELS[name] : undefined;
  if (row === undefined && folder === undefined) return undefined;
  const texts = folder === undefined ? [defaultText((row as KernelRow).kernel)] : await textsOf(folder, name, signal);
  if (row === undefined && texts.length === 0) return undefined;
  const lines: string[] = [];
  for (const { digest, code, times } of texts) {
    const often = times === undefined ? "with the constants' defaults" : `ran ${times} times`;
    lines.push(`===== ${name}.wgsl ${digest}, ${often}`, ...code.trimEnd().split("\n"), "");
  }
  if (texts.length === 0) lines.push(`===== ${name}: no command of this record ran it`, "");
  if (row === undefined) return [...lines, `===== ${name}: a kernel of the program's own, which has the reference`];
  const ops = row.ops.length === 0 ? "" : `, through the ops ${row.ops.join(", ")}`;
  for (const file of row.files) {
    lines.push(`===== float64 reference: ${file}${ops}`, ...source(file).trimEnd().split("\n"), "");
  }
  return lines;
}

/** Names of kernels that are spelt nearly like `name`, the nearest first. */
export function nearestKernels(name: string): string[] {
  const wanted = name.toLowerCase();
  return Object.keys(KERNELS)
    .map((known) => ({ name: known, far: editDistance(wanted, known.toLowerCase()) }))
    .filter((near) => near.far <= Math.max(2, wanted.length / 2) || near.name.toLowerCase().includes(wanted))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map((near) => near.name);
}

function defaultText(kernel: Kernel): Ran {
  const code = specialise(kernel, {});
  return { digest: textDigest(code), code, times: undefined };
}

async function textsOf(folder: string, name: string, signal: Signal | undefined): Promise<Ran[]> {
  const times = new Map<string, number>();
  for await (const line of pausing(readRecord(folder), signal)) {
    if (line.kind === "dispatch" && line.kernel === name) times.set(line.text, (times.get(line.text) ?? 0) + 1);
  }
  return [...times].map(([digest, count]) => ({ digest, code: readText(folder, digest), times: count }));
}

/** The source of a built file: plain JavaScript with its comments, as it runs. */
const source = (file: string): string => readFileSync(new URL(`../../${file}.js`, import.meta.url), "utf8");
