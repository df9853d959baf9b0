import { powerOfTwo } from "../../math/float64.ts";
import { type Scores, scoresOf } from "../../ot/reference/assign.ts";
import { compareExactly } from "./compare.ts";
import {
  checkDrawn,
  type Dispatched,
  floats,
  integers,
  type Outcome,
  param,
  type Rerun,
  someSamples,
} from "./dispatched.ts";
import { Worst } from "./worst.ts";

const BUDGET = powerOfTwo(29); // greatest number of products per dispatch: one or two seconds
const NONE = 0xffffffff;

/**
 * Whether a kernel of power cells drew the samples x itself. Kernels of the family `subgroup` have
 * no param `given` and never do.
 */
const drew = ({ params }: Dispatched): boolean => params["given"] === 0;

/**
 * The inputs of a kernel of power cells. Where it drew the samples x itself, they are read from its
 * output.
 */
function problemOf(d: Dispatched) {
  const [depth, samples, tiles] = [param(d, "depth"), param(d, "samples"), param(d, "tiles")];
  const x = floats(drew(d) ? d.after : d.before, "x");
  const [y, h] = [floats(d.before, "y"), floats(d.before, "h").subarray(0, 32 * tiles)];
  const some = someSamples(samples, Math.floor(BUDGET / (32 * tiles * depth)));
  return { depth, samples, x, base: param(d, "base"), some, scores: (m: number) => scoresOf({ x, y, h, depth }, m) };
}

/** The greatest score of sample m, over these targets and earlier blocks of targets. */
function bestOf({ score }: Scores, least: number): number {
  let found = -1;
  let top = least;
  for (let i = 0; i < score.length; i++) {
    if ((score[i] as number) > top) [found, top] = [i, score[i] as number];
  }
  return found;
}

/**
 * Runs the same kernel text once more on the same points, targets and heights, with an output for
 * each sample. Its counts must equal those that this dispatch added, and the histogram of its
 * indices. The indices and scores of some samples are compared with float64; an index may differ
 * from the float64 one where the two scores are closer than their rounding errors.
 */
export async function checkAssign(d: Dispatched, rerun: Rerun): Promise<readonly Outcome[]> {
  const { depth, samples, x, base, some, scores } = problemOf(d);
  const outcomes: Outcome[] = drew(d) ? [checkDrawn(d)] : [];
  const zeros = new ArrayBuffer(d.before["counts"]?.byteLength ?? 0);
  const again = await rerun({
    ...d,
    params: { ...d.params, ...(drew(d) && { given: 1 }), detail: 1, tally: 1 },
    before: { ...d.before, x: x.slice().buffer, counts: zeros },
  });
  const [index, best] = [integers(again, "index"), floats(again, "maxScore")];
  const histogram = new Float64Array(zeros.byteLength / 4);
  for (let m = 0; m < samples; m++) histogram[index[m] as number] = (histogram[index[m] as number] ?? Number.NaN) + 1;
  outcomes.push({ output: "counts", finding: compareExactly(integers(again, "counts"), histogram) });
  if (param(d, "tally") === 1) {
    const before = integers(d.before, "counts");
    const expected = histogram.map((count, i) => (count + (before[i] as number)) % powerOfTwo(32));
    outcomes.push({ output: "counts", finding: compareExactly(integers(d.after, "counts"), expected) });
  }
  if (param(d, "detail") === 1) {
    const within = (i: number): boolean => i < samples;
    outcomes.push({ output: "index", finding: compareExactly(integers(d.after, "index"), index, within) });
    outcomes.push({ output: "maxScore", finding: compareExactly(floats(d.after, "maxScore"), best, within) });
  }
  const [indices, bests, seconds] = [new Worst(), new Worst(), new Worst()];
  const earlier = {
    index: integers(d.before, "index"),
    best: floats(d.before, "maxScore"),
    second: floats(d.before, "runnerUp"),
  };
  for (const m of some) {
    const all = scores(m);
    const least = base > 0 ? (earlier.best[m] as number) : -3.4e38;
    const found = bestOf(all, least);
    const expected = found < 0 ? (earlier.index[m] as number) : base + found;
    const actual = index[m] as number;
    const scoreOf = (i: number): readonly [number, number] =>
      i >= base && i - base < all.score.length
        ? [all.score[i - base] as number, all.magnitude[i - base] as number]
        : [i === earlier.index[m] ? (earlier.best[m] as number) : Number.NaN, Math.abs(earlier.best[m] as number)];
    const [[e, eMagnitude], [a, aMagnitude]] = [scoreOf(expected), scoreOf(actual)];
    indices.add({
      index: m,
      actual,
      expected,
      off: expected === actual ? 0 : Math.abs(e - a),
      magnitude: eMagnitude + aMagnitude,
      depth,
    });
    bests.add({
      index: m,
      actual: best[m] as number,
      expected: e,
      off: Math.abs((best[m] as number) - e),
      magnitude: eMagnitude,
      depth,
    });
    if (d.constants["RUNNER_UP"] !== true) continue;
    all.score[expected - base] = Number.NEGATIVE_INFINITY;
    const runner = Math.max(bestOf(all, -3.4e38), 0);
    const candidates = [
      [all.score[runner] as number, all.magnitude[runner] as number],
      ...(base > 0 ? [[earlier.second[m] as number, Math.abs(earlier.second[m] as number)]] : []),
      ...(base > 0 && found >= 0 ? [[least, Math.abs(least)]] : []),
    ] as [number, number][];
    const [s, magnitude] = candidates.reduce((p, q) => (q[0] > p[0] ? q : p));
    const second = floats(again, "runnerUp")[m] as number;
    if (s > -1e38)
      seconds.add({
        index: m,
        actual: second,
        expected: s,
        off: Math.abs(second - s),
        magnitude: magnitude + eMagnitude,
        depth,
      });
  }
  outcomes.push({ output: "index", finding: indices.finding }, { output: "maxScore", finding: bests.finding });
  if (d.constants["RUNNER_UP"] === true) outcomes.push({ output: "runnerUp", finding: seconds.finding });
  return outcomes;
}

/** Compares the top lists of some samples, place by place, with all scores in float64. */
export function checkTop(d: Dispatched): readonly Outcome[] {
  const { depth, base, some, scores } = problemOf(d);
  const [k, stride] = [param(d, "k"), param(d, "stride")];
  const [index, score] = [integers(d.after, "index"), floats(d.after, "score")];
  const [earlierIndex, earlierScore] = [integers(d.before, "index"), floats(d.before, "score")];
  const [indices, values] = [new Worst(), new Worst()];
  for (const m of some) {
    const all = scores(m);
    const candidates: { readonly i: number; readonly s: number; readonly magnitude: number }[] = [];
    for (let r = 0; r < k && base > 0; r++) {
      const s = earlierScore[r * stride + m] as number;
      candidates.push({ i: earlierIndex[r * stride + m] as number, s, magnitude: Math.abs(s) });
    }
    all.score.forEach(
      (s, i) => void (s > -1e38 && candidates.push({ i: base + i, s, magnitude: all.magnitude[i] as number })),
    );
    candidates.sort((p, q) => q.s - p.s || p.i - q.i);
    for (let r = 0; r < k; r++) {
      const at = r * stride + m;
      const [actual, expected] = [index[at] as number, candidates[r]];
      if (expected === undefined || expected.i === NONE) {
        indices.add({ index: at, actual, expected: NONE, off: actual === NONE ? 0 : 1, magnitude: 0, depth });
        continue;
      }
      const there = candidates.find(({ i }) => i === actual);
      const off = actual === expected.i ? 0 : Math.abs(expected.s - (there?.s ?? Number.NaN));
      indices.add({
        index: at,
        actual,
        expected: expected.i,
        off,
        magnitude: expected.magnitude + (there?.magnitude ?? 0),
        depth,
      });
      const value = score[at] as number;
      values.add({
        index: at,
        actual: value,
        expected: expected.s,
        off: Math.abs(value - expected.s),
        magnitude: expected.magnitude,
        depth,
      });
    }
  }
  const outcomes: Outcome[] = [
    { output: "index", finding: indices.finding },
    { output: "score", finding: values.finding },
  ];
  return drew(d) ? [checkDrawn(d), ...outcomes] : outcomes;
}
