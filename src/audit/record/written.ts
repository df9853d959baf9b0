// Which values of its outputs a dispatch writes. What lies beside them is whatever the buffer held
// before: it says nothing about the kernel and may differ between a run and its continuation in
// another process.

type Numbers = Readonly<Record<string, number>>;
type Dispatch = {
  readonly kernel: { readonly name: string };
  readonly params: Numbers;
  readonly constants: Readonly<Record<string, number | boolean>>;
  readonly workgroups: readonly number[];
};

/** A predicate over the values of buffer `name`, or all or none of them. */
export type Written = "all" | "none" | ((index: number) => boolean);

export function writtenBy({ kernel, params, constants, workgroups }: Dispatch, name: string, count: number): Written {
  const rule = RULES[kernel.name];
  return rule === undefined ? "all" : rule(params, name, count, constants, workgroups);
}

type Rule = (
  params: Numbers,
  name: string,
  count: number,
  constants: Dispatch["constants"],
  workgroups: readonly number[],
) => Written;

const n = (params: Numbers, name: string): number => params[name] ?? Number.NaN;

/** Values at base + z · plane + row · pitch + column, in any order of the strides. */
function block(
  count: number,
  [base, depth, plane, rows, pitch, columns]: readonly [number, number, number, number, number, number],
): Written {
  if (base === 0 && columns === pitch && plane === rows * pitch && depth * plane === count) return "all";
  return (index) => {
    const at = index - base;
    const z = plane === 0 ? 0 : Math.floor(at / plane);
    const rest = at - z * plane;
    return at >= 0 && z < depth && Math.floor(rest / pitch) < rows && rest % pitch < columns;
  };
}

/** y of a product; `unit` is 4 where its offsets count vec4s. */
const product =
  (unit: number): Rule =>
  (p, _name, count, _constants, workgroups) => {
    const [m, pitch, depth] = [n(p, "m"), unit * n(p, "pitchY"), workgroups[2] ?? 1];
    return block(count, [unit * n(p, "y0"), depth, m * pitch, m, pitch, n(p, "n")]);
  };

/** x in the layout of points, [⌈samples / 32⌉, depth, 32]. */
const drawn = (p: Numbers): Written => {
  const [samples, tile] = [n(p, "samples"), 32 * n(p, "depth")];
  return (index) => Math.floor(index / tile) * 32 + (index % 32) < samples;
};

const assigned: Rule = (p, name, _count, constants) => {
  if (name === "x") return p["given"] === 1 ? "none" : drawn(p);
  if (name === "counts") return p["tally"] === 1 ? "all" : "none";
  if (p["detail"] !== 1 || (name === "runnerUp" && constants["RUNNER_UP"] !== true)) return "none";
  return (index) => index < n(p, "samples");
};

const listed: Rule = (p, name) => {
  if (name === "x") return p["given"] === 1 ? "none" : drawn(p);
  if (name === "tile") return "none"; // working memory
  const [stride, samples] = [n(p, "stride"), n(p, "samples")];
  return (index) => index < n(p, "k") * stride && index % stride < samples;
};

/**
 * Convolutions of many images take several dispatches, of so many units a workgroup: only the last
 * one leaves y whole.
 */
const units =
  (axis: number, size: number): Rule =>
  (p, _name, _count, _constants, workgroups) =>
    n(p, "firstUnit") + size * (workgroups[axis] ?? 0) >= n(p, "units") ? "all" : "none";

const RULES: Readonly<Record<string, Rule>> = {
  matmulSubgroup: product(4),
  matmulPortable: product(1),
  matmulTiled: product(1),
  pack: (p, _name, count) => {
    const rows = n(p, "rows");
    const depth = n(p, "count") / (rows * Math.ceil(n(p, "columns") / 16));
    return block(count, [n(p, "y0"), depth, n(p, "yz"), rows, n(p, "yi"), n(p, "columns")]);
  },
  im2col: (p, _name, count) => {
    const [pitch, pixels] = [n(p, "pitch"), n(p, "rows") / n(p, "kh")];
    return block(count, [0, 1, pixels * pitch, pixels, pitch, n(p, "kh") * n(p, "kw") * n(p, "c")]);
  },
  col2im: (p, _name, count) => {
    const first = n(p, "first") * n(p, "lh") * n(p, "lw") * n(p, "c");
    return block(count, [first, 1, n(p, "count"), 1, n(p, "count"), n(p, "count")]);
  },
  taps: units(1, 32),
  rowsDown: units(0, 8),
  rowsUp: units(1, 8),
  draw: (p) => drawn(p),
  drawRows: (p) => drawn(p),
  assignSubgroup: assigned,
  assignPortable: assigned,
  assignTiled: assigned,
  topKSubgroup: listed,
  topKPortable: listed,
};
