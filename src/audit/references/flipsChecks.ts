// Holds the kernels of flipped points to float64: see shaders/flipsSubgroup.wgsl.
import { powerOfTwo } from "../../math/float64.ts";
import { roundingOf, type Scores } from "../../ot/reference/assign.ts";
import { flippedScores } from "../../ot/reference/flips.ts";
import { compareExactly } from "./compare.ts";
import { type Dispatched, floats, integers, type Outcome, param, someSamples } from "./dispatched.ts";
import { Worst } from "./worst.ts";

const BUDGET = powerOfTwo(28); // greatest number of products per dispatch: about a second
const EIGHT = 8;

/** The points of a dispatch, the room for them in each plane of an output, and all their scores. */
function problemOf(d: Dispatched) {
  const [points, depth, patterns, tiles] = ["points", "depth", "patterns", "tiles"].map((name) => param(d, name)) as [
    number,
    number,
    number,
    number,
  ];
  const [x, y, h] = [floats(d.before, "x"), floats(d.before, "y"), floats(d.before, "h").subarray(0, 32 * tiles)];
  const [blocks, unit] = [Number(d.constants["BLOCKS"]), Number(d.constants["KU"])];
  return {
    depth,
    stride: 32 * Math.ceil(points / 32),
    some: someSamples(points * patterns, Math.floor(BUDGET / (32 * tiles * depth))).map((at) => ({
      point: Math.floor(at / patterns),
      pattern: at % patterns,
    })),
    scores: (point: number, pattern: number): Scores => flippedScores({ x, y, h, depth, blocks, unit }, point, pattern),
    runnerUp: d.constants["RUNNER_UP"] === true,
    signed: d.constants["SIGNED"] !== false,
  };
}

/** The greatest scores of eight targets each, with what bounds the rounding of each. */
function eightsOf({ score, magnitude }: Scores, first: number, last: number) {
  return Array.from({ length: (last - first) / EIGHT }, (_, e) => {
    let at = first + EIGHT * e;
    for (let i = at; i < first + EIGHT * (e + 1); i++) if ((score[i] as number) > (score[at] as number)) at = i;
    return { score: score[at] as number, magnitude: magnitude[at] as number };
  });
}

/** Compares the winning eights of targets of some points, share by share, with float64 scores. */
export function checkFlips(d: Dispatched): readonly Outcome[] {
  const { depth, stride, some, scores, runnerUp, signed } = problemOf(d);
  const [patterns, tiles, shares] = [param(d, "patterns"), param(d, "tiles"), param(d, "shares")];
  const [base, slot] = [param(d, "base"), param(d, "slot")];
  const [eight, best, other] = [integers(d.after, "eight"), floats(d.after, "best"), floats(d.after, "other")];
  const otherEight = integers(d.after, "otherEight");
  const [eights, bests, others, otherEights] = [new Worst(), new Worst(), new Worst(), new Worst()];
  for (const { point, pattern } of some) {
    const all = scores(point, pattern);
    for (let s = 0; s < shares; s++) {
      const [first, last] = [s, s + 1].map((i) => 32 * Math.floor((i * tiles) / shares)) as [number, number];
      const sorted = eightsOf(all, first, last);
      const index = ((slot + s) * patterns + pattern) * stride + point;
      const top = sorted.reduce((p, q) => (q.score > p.score ? q : p));
      // Here the kernel may be wrong.
      if (!signed && !(top.score > roundingOf(top.magnitude, depth))) continue;
      const actual = (eight[index] as number) - 4 * base - first / EIGHT;
      const chosen = sorted[actual];
      eights.add({
        index,
        actual,
        expected: sorted.indexOf(top),
        off: chosen === top ? 0 : top.score - (chosen?.score ?? Number.NaN),
        magnitude: top.magnitude + (chosen?.magnitude ?? 0),
        depth,
      });
      bests.add({
        index,
        actual: best[index] as number,
        expected: top.score,
        off: Math.abs((best[index] as number) - top.score),
        magnitude: top.magnitude,
        depth,
      });
      const rest = sorted.filter((one) => one !== top);
      if (!runnerUp || rest.length === 0) continue;
      const second = rest.reduce((p, q) => (q.score > p.score ? q : p));
      if (!(second.score > -1e38)) continue;
      others.add({
        index,
        actual: other[index] as number,
        expected: second.score,
        off: Math.abs((other[index] as number) - second.score),
        magnitude: second.magnitude + top.magnitude,
        depth,
      });
      const held = (otherEight[index] as number) - 4 * base - first / EIGHT;
      const holder = held === actual ? undefined : sorted[held];
      otherEights.add({
        index,
        actual: held,
        expected: sorted.indexOf(second),
        off: holder === second ? 0 : Math.abs(second.score - (holder?.score ?? Number.NaN)),
        magnitude: second.magnitude + (holder?.magnitude ?? 0),
        depth,
      });
    }
  }
  return [
    { output: "eight", finding: eights.finding },
    { output: "best", finding: bests.finding },
    ...(runnerUp
      ? [
          { output: "other", finding: others.finding },
          { output: "otherEight", finding: otherEights.finding },
        ]
      : []),
  ];
}

/** Brings the shares together on the host, exactly. */
export function checkMerge(d: Dispatched): readonly Outcome[] {
  const [count, slots] = [param(d, "count"), param(d, "slots")];
  const eight = Float64Array.from(integers(d.before, "eight").subarray(0, count));
  const best = Float64Array.from(floats(d.before, "best").subarray(0, count));
  const other = Float64Array.from(floats(d.before, "other").subarray(0, count));
  const otherEight = Float64Array.from(integers(d.before, "otherEight").subarray(0, count));
  const [eights, bests, others] = [integers(d.before, "eight"), floats(d.before, "best"), floats(d.before, "other")];
  const seconds = integers(d.before, "otherEight");
  for (let s = 1; s < slots; s++) {
    for (let i = 0; i < count; i++) {
      const at = s * count + i;
      // The two best of four, the first ones on ties.
      const sorted = [
        [best[i], eight[i]],
        [other[i], otherEight[i]],
        [bests[at], eights[at]],
        [others[at], seconds[at]],
      ] as [number, number][];
      sorted.sort((p, q) => q[0] - p[0]);
      [[best[i], eight[i]], [other[i], otherEight[i]]] = sorted as [[number, number], [number, number]];
    }
  }
  const outcomes: Outcome[] = [
    { output: "eight", finding: compareExactly(integers(d.after, "eight"), eight) },
    { output: "best", finding: compareExactly(floats(d.after, "best"), best) },
  ];
  if (d.constants["RUNNER_UP"] === true) {
    outcomes.push({ output: "other", finding: compareExactly(floats(d.after, "other"), other) });
    outcomes.push({ output: "otherEight", finding: compareExactly(integers(d.after, "otherEight"), otherEight) });
  }
  return outcomes;
}

/** Compares the winners of some points with float64, and the counts with the winners exactly. */
export function checkFlipsIndex(d: Dispatched): readonly Outcome[] {
  const { depth, stride, some, scores, runnerUp, signed } = problemOf(d);
  const [points, patterns, tiles, base] = [
    param(d, "points"),
    param(d, "patterns"),
    param(d, "tiles"),
    param(d, "base"),
  ];
  const [eight, index] = [integers(d.before, "eight"), integers(d.after, "index")];
  const here = (at: number): boolean => {
    const tile = Math.floor((eight[at] as number) / 4);
    return tile >= base && tile < base + tiles;
  };
  const counts = Float64Array.from(integers(d.before, "counts"));
  for (let p = 0; p < patterns; p++) {
    for (let m = 0; m < points; m++) {
      const at = p * stride + m;
      if (here(at)) counts[index[at] as number] = (counts[index[at] as number] ?? Number.NaN) + 1;
    }
  }
  const counted = Float64Array.from(integers(d.after, "counts"));
  if (!signed) {
    // Points without a score above 0 are counted elsewhere.
    let moved = 0;
    for (const [i, full] of counts.entries()) {
      counts[i] = Math.min(full, counted[i] as number);
      moved += full - (counts[i] as number);
    }
    const below = param(d, "below");
    (counts[below] as number) += moved;
  }
  const [indices, seconds, holders] = [new Worst(), new Worst(), new Worst()];
  const [secondBefore, second] = [integers(d.before, "second"), integers(d.after, "second")];
  const [before, after] = [floats(d.before, "runnerUp"), floats(d.after, "runnerUp")];
  for (const { point, pattern } of some) {
    const at = pattern * stride + point;
    if (!here(at)) continue;
    const { score, magnitude } = scores(point, pattern);
    const first = EIGHT * ((eight[at] as number) - 4 * base);
    const numbers = Array.from({ length: EIGHT }, (_, i) => first + i);
    const top = numbers.reduce((p, q) => ((score[q] as number) > (score[p] as number) ? q : p));
    const chosen = (index[at] as number) - 32 * base;
    const within = chosen >= first && chosen < first + EIGHT;
    indices.add({
      index: at,
      actual: index[at] as number,
      expected: top + 32 * base,
      off: chosen === top ? 0 : within ? (score[top] as number) - (score[chosen] as number) : Number.NaN,
      magnitude: (magnitude[top] as number) + (magnitude[chosen] ?? 0),
      depth,
    });
    if (!runnerUp) continue;
    const rest = numbers
      .filter((i) => i !== top)
      .reduce((p, q) => ((score[q] as number) > (score[p] as number) ? q : p));
    const expected = Math.max(before[at] as number, score[rest] as number);
    if (!(expected > -1e38)) continue;
    seconds.add({
      index: at,
      actual: after[at] as number,
      expected,
      off: Math.abs((after[at] as number) - expected),
      magnitude: Math.max(Math.abs(before[at] as number), (magnitude[rest] as number) + (magnitude[top] as number)),
      depth,
    });
    // The target that held it before, whose score is the value before, or one of the eight.
    const holder = second[at] as number;
    const own = holder - 32 * base;
    const isOwn = own >= first && own < first + EIGHT && holder !== (index[at] as number);
    const held = isOwn ? (score[own] as number) : holder === secondBefore[at] ? (before[at] as number) : Number.NaN;
    holders.add({
      index: at,
      actual: holder,
      expected: (score[rest] as number) > (before[at] as number) ? rest + 32 * base : (secondBefore[at] as number),
      off: Math.abs(expected - held),
      magnitude: Math.max(Math.abs(before[at] as number), (magnitude[rest] as number) + (magnitude[top] as number)),
      depth,
    });
  }
  return [
    { output: "counts", finding: compareExactly(counted, counts) },
    { output: "index", finding: indices.finding },
    ...(runnerUp
      ? [
          { output: "runnerUp", finding: seconds.finding },
          { output: "second", finding: holders.finding },
        ]
      : []),
  ];
}
