import { readFileSync } from "node:fs";
import { pausing } from "../../adapter/pause.ts";
import { packageFile } from "../../adapter/versions.ts";
import { editDistance } from "../../kernels/nearestName.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable, Signal } from "../../kernels/signal.ts";
import { readRecord } from "../record/readRecord.ts";
import { readText } from "../record/texts.ts";
import { KERNELS } from "../references/table.ts";

/** A kernel text as it ran, and how often it occurs in a record. */
interface Ran {
  readonly digest: string;
  readonly code: string;
  readonly times: number;
}

/**
 * What a kernel is, as lines: its file of shaders/ with all comments and the files that it
 * includes; with the folder of a run all texts that ran, which are specialised and have no
 * comments, with their digests and how often each ran; then its float64 reference. Undefined for a
 * kernel that neither the package nor the record knows. DataError for a folder without a record, or
 * with a damaged one.
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
  const texts = folder === undefined ? [] : await textsOf(folder, name, signal);
  if (row === undefined && texts.length === 0) return undefined;
  const lines: string[] = [];
  const section = (title: string, text: string): unknown =>
    lines.push(`===== ${title}`, ...text.trimEnd().split("\n"), "");
  if (row !== undefined) for (const [file, text] of shaderFiles(name)) section(file, text);
  for (const { digest, code, times } of texts) section(`${name} ${digest}, ran ${times} times`, code);
  if (folder !== undefined && texts.length === 0) lines.push(`===== ${name}: no command of this record ran it`, "");
  if (row === undefined) return [...lines, `===== ${name}: a kernel of the program's own, which has the reference`];
  const ops = row.ops.length === 0 ? "" : `, through the ops ${row.ops.join(", ")}`;
  for (const file of row.files) section(`float64 reference: ${file}${ops}`, source(file));
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

/** The file of a kernel and those that it includes, by path. */
function shaderFiles(name: string): readonly (readonly [string, string])[] {
  const read = (path: string): readonly [string, string] => [path, readFileSync(packageFile(path), "utf8")];
  const own = read(`shaders/${name}.wgsl`);
  const included = own[1].matchAll(/^\/\/@include (\w+)$/gm);
  return [own, ...[...included].map(([, file]) => read(`shaders/include/${file}.wgsl`))];
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
