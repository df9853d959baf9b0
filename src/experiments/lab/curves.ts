// What trainings and transports told of their steps, for the curves of a report: a line of JSON
// for each value, in one file of the process and in one for each file that a worker made.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Curve } from "../../report/data.ts";
import { short } from "../../report/words.ts";
import { readJsonLines } from "../../run/runDirectory.ts";
import { CHI2, RATE, type Told } from "./workspace.ts";

/** The file beside the results that grows as this process trains. */
export const CURVES = "curves.jsonl";
/** The folder beside the results with those that workers sent. */
const SENT = "curves";
/** Points that are kept of one curve, about. */
const POINTS = 100;

/** The name under which the curves of a file that a worker made are sent. */
export const curvesOf = (file: string): string => `${SENT}/${file.replaceAll("/", "+").slice(0, 90)}.jsonl`;

/** Whether a file of a worker has curves. */
export const hasCurves = (file: string): boolean => /^curves\/[\w ,.+-]+\.jsonl$/.test(file);

/** Leaves out what is too close to what was kept before. */
export class Thinning {
  #last: { readonly key: string; readonly step: number } = { key: "", step: 0 };

  keeps({ experiment, what, step, of }: Told): boolean {
    const last = this.#last;
    const key = `${experiment} ${what}`;
    if (key === last.key && step > last.step && step - last.step < of / POINTS && step < of) return false;
    this.#last = { key, step };
    return true;
  }
}

/** The curves in the folder of a command. Of what was told twice the later counts. */
export function curvesIn(folder: string): readonly Curve[] {
  const all = new Map<string, Told[]>();
  for (const line of filesOf(folder).flatMap(readJsonLines)) {
    if (!isTold(line)) continue;
    const key = `${line.experiment}: ${line.what}`;
    const told = all.get(key) ?? [];
    all.set(key, told);
    while (told.length > 0 && (told.at(-1) as Told).step >= line.step) told.pop();
    told.push(line);
  }
  return [...all].map(([title, told]): Curve => {
    const names = [...new Set(told.flatMap(({ values }) => Object.keys(values)))];
    const lines = names.map((label) => ({
      label,
      values: told.map(({ values }) => values[label] ?? null),
      apart: label === RATE,
    }));
    const last = told.at(-1);
    const left = last === undefined || last.step >= last.of ? "" : `, of ${short(last.of, 9)} steps`;
    return {
      title,
      note: `${told.length} points${left}`,
      xLabel: "step",
      x: told.map(({ step }) => step),
      lines,
      log: names.includes(CHI2),
    };
  });
}

function filesOf(folder: string): readonly string[] {
  const sent = join(folder, SENT);
  const names = existsSync(sent) ? readdirSync(sent).filter((name) => name.endsWith(".jsonl")) : [];
  return [join(folder, CURVES), ...names.sort().map((name) => join(sent, name))];
}

/** Whether a line has what a curve needs; workers may send any. */
function isTold(line: object): line is Told {
  const { experiment, what, step, of, values } = line as Partial<Record<keyof Told, unknown>>;
  const areTexts = typeof experiment === "string" && typeof what === "string";
  return areTexts && Number.isFinite(step) && Number.isFinite(of) && typeof values === "object" && values !== null;
}
