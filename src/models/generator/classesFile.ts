// Class maps in a file. The targets of the labels are rows of the transport's targets, so that each
// target's label, height and mass are enough.
import { checkValues } from "../../formats/checkValues.ts";
import { DataError } from "../../formats/error.ts";
import type { SafeTensor, SafeTensors } from "../../formats/safetensors.ts";
import type { Steps } from "../../math/steps.ts";
import { NONE } from "../../ot/cells/counter.ts";
import type { ClassMap } from "../../ot/classes.ts";
import { targetRows } from "../../ot/map/map.ts";
import type { Problem } from "../../ot/problem.ts";
import type { Density } from "../../ot/source.ts";
import { float64, heightsIn, problemOf, type TransportValues } from "./transportFile.ts";

/** The transport onto the targets of one label; a ClassMap is one. */
export interface ClassValues extends Pick<ClassMap, "label" | "members" | "mass"> {
  readonly map: TransportValues;
}

/** Names of the tensors of class maps. */
export const CLASS_TENSORS = ["classLabels", "classShares", "classOf", "classHeights", "classMasses"] as const;

/**
 * `classLabels` and `classShares` [K] float64, increasing by label; `classOf` [N] uint32, the
 * number of each target's class, or 2³² − 1; `classHeights` and `classMasses` [N] float64, where
 * the masses of each class sum to 1. No tensors for no classes. RangeError for classes of other
 * targets, or that overlap.
 */
export function classTensors(classes: readonly ClassValues[], all: Problem): Readonly<Record<string, SafeTensor>> {
  if (classes.length === 0) return {};
  const { count, dimension } = all.targets;
  const sorted = classes.toSorted((a, b) => a.label - b.label);
  const of = new Uint32Array(count).fill(NONE);
  const heights = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const masses = new Float64Array(count);
  sorted.forEach(({ label, members, map: { problem, heights: h } }, k) => {
    const wrong = (got: string): RangeError =>
      new RangeError(`encodeGenerator: expected classes of the transport's targets, got label ${label} ${got}`);
    if (problem.targets.count !== members.length || problem.targets.dimension !== dimension) {
      throw wrong(`with ${problem.targets.count} targets of dimension ${problem.targets.dimension}`);
    }
    if (problem.source !== all.source) throw wrong("from another source");
    if (k > 0 && !(label > (sorted[k - 1] as ClassValues).label)) throw wrong("twice");
    members.forEach((i, m) => {
      if (!(i < count) || of[i] !== NONE) throw wrong(`with target ${i}`);
      [of[i], heights[i], masses[i]] = [k, h[m] as number, problem.nu[m] as number];
    });
    checkRows(targetRows(problem, [...members.keys()]), targetRows(all, members), wrong);
  });
  return {
    classLabels: { shape: [sorted.length], data: Float64Array.from(sorted, ({ label }) => label) },
    classShares: { shape: [sorted.length], data: Float64Array.from(sorted, ({ mass }) => mass) },
    classOf: { shape: [count], data: of },
    classHeights: { shape: [count], data: heights },
    classMasses: { shape: [count], data: masses },
  };
}

/** Rows that differ by more than centring rounds them. */
const SAME = 1 / 1024;

function checkRows(mine: Float32Array, all: Float32Array, wrong: (got: string) => RangeError): void {
  const largest = all.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const other = mine.findIndex((value, i) => !(Math.abs(value - (all[i] as number)) <= SAME * largest));
  if (other >= 0) throw wrong("with other rows");
}

/** The class maps of a file, in pieces; none where it has none. DataError for anything else. */
export function* classesIn(
  file: SafeTensors,
  name: string,
  { transport, source }: { readonly transport: TransportValues; readonly source: Density },
): Steps<readonly ClassValues[]> {
  if (!CLASS_TENSORS.some((tensor) => file.tensors.has(tensor))) return [];
  const { count, dimension } = transport.problem.targets;
  const labels = file.tensors.get("classLabels")?.data;
  if (!(labels instanceof Float64Array) || labels.length < 1 || labels.length > count) {
    throw new DataError(`${name}: expected \`classLabels\` as float64 of 1 to ${count} labels`);
  }
  checkValues(`${name}: expected finite numbers in \`classLabels\``, labels, Number.isFinite);
  if (labels.some((label, k) => k > 0 && !(label > (labels[k - 1] as number)))) {
    throw new DataError(`${name}: expected \`classLabels\` in increasing order`);
  }
  const shares = float64(file, name, "classShares", labels.length);
  checkValues(`${name}: expected \`classShares\` above 0 up to 1`, shares, (share) => share > 0 && share <= 1);
  const of = file.tensors.get("classOf")?.data;
  if (!(of instanceof Uint32Array) || of.length !== count) {
    throw new DataError(`${name}: expected \`classOf\` as uint32 [${count}]`);
  }
  checkValues(`${name}: expected \`classOf\` below ${labels.length}`, of, (k) => k < labels.length || k === NONE);
  const [heights, masses] = [heightsIn(file, name, "classHeights", count), float64(file, name, "classMasses", count)];
  const members: number[][] = Array.from(labels, () => []);
  of.forEach((k, i) => {
    if (k !== NONE) (members[k] as number[]).push(i);
  });
  const classes: ClassValues[] = [];
  for (const [k, each] of members.entries()) {
    const mine = Uint32Array.from(each);
    const label = labels[k] as number;
    if (mine.length === 0) throw new DataError(`${name}: expected a target of label ${label}, got none`);
    const h = Float64Array.from(mine, (i) => heights[i] as number);
    if (!h.some(Number.isFinite)) throw new DataError(`${name}: expected a finite height of label ${label}, got none`);
    const nu = Float64Array.from(mine, (i) => masses[i] as number);
    const rows = targetRows(transport.problem, mine);
    const problem = yield* problemOf(name, rows, dimension, { masses: nu, source });
    classes.push({ label, members: mine, mass: shares[k] as number, map: { problem, heights: h } });
  }
  return classes;
}
