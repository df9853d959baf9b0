// Which values of its outputs a dispatch writes. The other values are whatever the buffer held
// before: they say nothing about the kernel and may differ between a run and its continuation in
// another process.

type Numbers = Readonly<Record<string, number>>;

/** The part of a dispatch that a rule reads. */
export interface Dispatch {
  readonly params: Numbers;
  readonly constants: Readonly<Record<string, number | boolean>>;
  readonly workgroups: readonly number[];
}

/** A predicate over the values of a buffer, or all or none of them. */
export type Written = "all" | "none" | ((index: number) => boolean);

/** Tells which values a dispatch writes in its output `name`, which has room for `count` values. */
export type Rule = (dispatch: Dispatch, name: string, count: number) => Written;

/** All values of every output. */
export const everything: Rule = () => "all";

/** No value of any output: working memory, of which not all is written. */
export const nothing: Rule = () => "none";

const n = (params: Numbers, name: string): number => params[name] ?? Number.NaN;

interface Block {
  readonly base: number;
  readonly depth: number;
  readonly plane: number;
  readonly rows: number;
  readonly pitch: number;
  readonly columns: number;
}

/** The values at base + z · plane + row · pitch + column, whatever the order of the strides. */
function block(count: number, { base, depth, plane, rows, pitch, columns }: Block): Written {
  if (base === 0 && columns === pitch && plane === rows * pitch && depth * plane === count) return "all";
  return (index) => {
    const at = index - base;
    const z = plane === 0 ? 0 : Math.floor(at / plane);
    const rest = at - z * plane;
    return at >= 0 && z < depth && Math.floor(rest / pitch) < rows && rest % pitch < columns;
  };
}

/** The output y of a matrix product; `unit` is 4 where its offsets count vec4s. */
export const product =
  (unit: number): Rule =>
  ({ params, workgroups }, _name, count) => {
    const [rows, pitch] = [n(params, "m"), unit * n(params, "pitchY")];
    const place = { base: unit * n(params, "y0"), depth: workgroups[2] ?? 1, plane: rows * pitch };
    return block(count, { ...place, rows, pitch, columns: n(params, "n") });
  };

/** The output of the kernel `move`: a box, whose strides in y rise from axis 0 on. */
export const moved: Rule = ({ params: p, constants }, _name, count) => {
  const axes = Array.from({ length: Number(constants["AXES"]) }, (_, a) => ({
    length: n(p, `n${a}`),
    stride: n(p, `y${a}`),
  }));
  if (axes.length === 1 && axes[0]?.stride === 1 && axes[0].length === count) return "all";
  const outermost = axes.reverse();
  return (index) => {
    let rest = index - n(p, "yStart");
    return (
      outermost.every(({ length, stride }) => {
        const i = Math.floor(rest / stride);
        rest -= i * stride;
        return i >= 0 && i < length;
      }) && rest === 0
    );
  };
};

/** The output of im2col: `rows` windows of kh · kw · c values, each padded to `pitch`. */
export const unfolded: Rule = ({ params: p }, _name, count) => {
  const [pitch, rows] = [n(p, "pitch"), n(p, "rows") / n(p, "kh")];
  return block(count, {
    base: 0,
    depth: 1,
    plane: rows * pitch,
    rows,
    pitch,
    columns: n(p, "kh") * n(p, "kw") * n(p, "c"),
  });
};

/** The output of col2im: `count` values from image number `first` on. */
export const folded: Rule = ({ params: p }, _name, count) => {
  const [base, values] = [n(p, "first") * n(p, "lh") * n(p, "lw") * n(p, "c"), n(p, "count")];
  return block(count, { base, depth: 1, plane: values, rows: 1, pitch: values, columns: values });
};

/**
 * The output of a convolution. One of many images takes several dispatches, whose workgroups each
 * compute `size` units along one axis of the grid, and y is complete only after the last one.
 */
export const units =
  (axis: number, size: number): Rule =>
  ({ params, workgroups }) =>
    n(params, "firstUnit") + size * (workgroups[axis] ?? 0) >= n(params, "units") ? "all" : "none";

/** The samples x in the layout of points, [⌈samples / 32⌉, depth, 32]. */
export const drawn: Rule = ({ params }) => {
  const [samples, tile] = [n(params, "samples"), 32 * n(params, "depth")];
  return (index) => Math.floor(index / tile) * 32 + (index % 32) < samples;
};

/**
 * The outputs of a kernel that assigns samples to power cells: samples that it drew itself, counts
 * where `tally` is 1, and values of each sample where `detail` is 1.
 */
export const assigned: Rule = (dispatch, name, count) => {
  const { params, constants } = dispatch;
  if (name === "x") return params["given"] === 1 ? "none" : drawn(dispatch, name, count);
  if (name === "counts") return params["tally"] === 1 ? "all" : "none";
  if (params["detail"] !== 1 || (name === "runnerUp" && constants["RUNNER_UP"] !== true)) return "none";
  return (index) => index < n(params, "samples");
};

/**
 * The outputs of a kernel that lists the k best cells of each sample: the lists, and samples that
 * it drew itself.
 */
export const listed: Rule = (dispatch, name, count) => {
  const { params } = dispatch;
  if (name === "x") return params["given"] === 1 ? "none" : drawn(dispatch, name, count);
  if (name === "tile") return "none"; // working memory
  const [stride, samples] = [n(params, "stride"), n(params, "samples")];
  return (index) => index < n(params, "k") * stride && index % stride < samples;
};

/**
 * The outputs of the kernels that find the eight targets of flipped points: the planes of this
 * dispatch's shares, [slots, patterns, ⌈points / 32⌉, 32].
 */
export const flipped: Rule = ({ params: p, constants }, name) => {
  if (name.startsWith("other") && constants["RUNNER_UP"] !== true) return "none";
  const [points, stride] = [n(p, "points"), 32 * Math.ceil(n(p, "points") / 32)];
  const plane = n(p, "patterns") * stride;
  const [first, last] = [n(p, "slot") * plane, (n(p, "slot") + n(p, "shares")) * plane];
  return (index) => index >= first && index < last && index % stride < points;
};

/** The outputs of the kernel that brings shares together: the first plane. */
export const merged: Rule = ({ params: p, constants }, name) => {
  if (name.startsWith("other") && constants["RUNNER_UP"] !== true) return "none";
  return (index) => index < n(p, "count");
};

/**
 * The outputs of the kernels that find the winners among eight targets: counts, and values of each
 * point, but for those whose targets lie in another buffer.
 */
export const won: Rule = ({ params: p, constants }, name) => {
  if (name === "counts") return "all";
  if ((name === "runnerUp" || name === "second") && constants["RUNNER_UP"] !== true) return "none";
  const [points, stride] = [n(p, "points"), 32 * Math.ceil(n(p, "points") / 32)];
  return (index) => index % stride < points;
};
