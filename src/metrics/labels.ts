import type { Extended } from "../ot/extension/rule.ts";

/**
 * RangeError, in the name of `metric`, unless there are `count` labels, each an integer from 0 to
 * classes − 1.
 */
export function checkLabels(metric: string, labels: ArrayLike<number>, count: number, classes: number): void {
  if (labels.length !== count) {
    throw new RangeError(`${metric}: expected ${count} \`labels\`, one for each, got ${labels.length}`);
  }
  for (let i = 0; i < count; i++) {
    const label = labels[i] as number;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new RangeError(`${metric}: expected \`labels\` from 0 to ${classes - 1}, got ${label} at ${i}`);
  }
}

/**
 * Share of each label, [classes]. RangeError for no labels, and for a label that is not a class.
 */
export function labelShares(labels: ArrayLike<number>, classes: number): Float64Array<ArrayBuffer> {
  if (labels.length === 0) throw new RangeError("labelShares: expected at least 1 label, got none");
  checkLabels("labelShares", labels, labels.length, classes);
  const shares = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    (shares[label] as number) += 1;
  }
  return shares.map((n) => n / labels.length);
}

/**
 * max |p_i − q_i|, the greatest difference between a label's shares. RangeError for shares of
 * different lengths.
 */
export function labelDrift(p: ArrayLike<number>, q: ArrayLike<number>): number {
  if (p.length !== q.length)
    throw new RangeError(`labelDrift: expected shares of as many labels, got ${p.length} and ${q.length}`);
  let greatest = 0;
  for (let i = 0; i < p.length; i++) {
    const difference = Math.abs((p[i] as number) - (q[i] as number));
    if (!(difference <= greatest)) greatest = difference; // NaN is kept
  }
  return greatest;
}

/** How often codes were mixed, and how often from different labels. */
export interface LabelMixing {
  /** Share of the codes that are made of two targets. */
  readonly paired: number;
  /** Share of all codes that are made of targets with different labels. */
  readonly mixed: number;
  /** mixed / paired: share of the pairs whose labels differ; 0 where there is no pair. */
  readonly rate: number;
}

/**
 * How often an extension rule mixes targets of two classes; such codes decode to pictures of
 * neither class. `labels` are those of the targets. RangeError for no codes, and for a target
 * without a label.
 */
export function labelMixing(
  { index, partner }: Pick<Extended, "index" | "partner">,
  labels: ArrayLike<number>,
): LabelMixing {
  const count = index.length;
  if (count === 0) throw new RangeError("labelMixing: expected at least 1 code, got none");
  const labelOf = (target: number): number => {
    const label = labels[target];
    if (label === undefined || Number.isNaN(label)) {
      throw new RangeError(`labelMixing: expected a label for every target, got ${label} at ${target}`);
    }
    return label;
  };
  let [pairs, mixed] = [0, 0];
  for (let m = 0; m < count; m++) {
    const other = partner[m] as number;
    if (other < 0) continue;
    pairs++;
    if (labelOf(index[m] as number) !== labelOf(other)) mixed++;
  }
  return { paired: pairs / count, mixed: mixed / count, rate: pairs === 0 ? 0 : mixed / pairs };
}
