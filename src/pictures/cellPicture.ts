import { hypot } from "../math/elementary.ts";
import type { ExactCells } from "../ot/exact/exact.ts";
import { polygon } from "../ot/exact/plane/polygons.ts";
import { centredAngle } from "../ot/map/angles.ts";
import type { Problem } from "../ot/problem.ts";
import { densityOf } from "../ot/source.ts";
import { cutSegment, frame, INK, MARGIN, panel, place, SIDE, TOP, targetPanel } from "./panel.ts";
import type { Colour, Scene, SceneShape } from "./scene.ts";

/** In any cloud, a facet is singular where it folds at more than this angle. */
const CERTAIN_ANGLE = 0.5;
/**
 * A facet is also singular where it folds at more than this angle, a jump of the map by about this
 * share of the targets' spread, if the angle is more than SINGULAR_RATIO times the median as well.
 */
const SINGULAR_ANGLE = 0.2;
/** In a small smooth cloud, neighbours fold at more than SINGULAR_ANGLE, but not at this ratio. */
const SINGULAR_RATIO = 4;

const BAR = 12;
const SINGULAR: Colour = [214, 39, 40];
/** Anchors of the colour scale, from dark to light, whose lightness rises evenly; and grey. */
const SCALE: readonly Colour[] = [
  [24, 30, 80],
  [38, 76, 140],
  [30, 128, 158],
  [60, 172, 140],
  [150, 206, 96],
  [246, 232, 86],
];
/** Half side of the source's square that is shown. Beyond 3.5 sd lies 5e-4 of a Gaussian's mass. */
const SHOWN = { cube: 0.5, gaussian: 3.5 } as const;

/** A facet between cells i and j, from vertex k of cell i on. */
interface Facet {
  readonly i: number;
  readonly j: number;
  readonly angle: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/**
 * Two panels: the source's domain with the power cells in it, and the targets. A cell and its
 * target have the colour of the mean angle, by length, at which the graph of the potential folds
 * along the cell's edges: the angle between the normals (y_i, −1) and (y_j, −1), for centred
 * targets scaled to root mean square 1. Facets above `singularAngle` are drawn on top.
 */
export function cellPicture(problem: Problem, { cells, masses }: ExactCells): Scene {
  const { targets, offset, nu } = problem;
  const source = densityOf("cellPicture", problem.source);
  const facets = facetsOf(problem, cells, SHOWN[source]);
  const fold = meanFolds(facets, targets.count);
  // One cell in a hundred may exceed the scale, so that a few large angles do not darken all
  // others.
  const sorted = fold.toSorted();
  const most = sorted[Math.ceil(0.99 * (sorted.length - 1))] as number;
  const beyond = (sorted.at(-1) as number) > most;
  const colourOf = (i: number): Colour => colour(most > 0 ? (fold[i] as number) / most : 0);
  const left = panel({ left: MARGIN, top: TOP, half: SHOWN[source] });
  const shapes: SceneShape[] = [];
  for (let i = 0; i < targets.count; i++) {
    const shown = clip(polygon(cells, i), SHOWN[source]);
    if (shown.length >= 6) shapes.push({ kind: "polygon", points: place(shown, left), fill: colourOf(i), cell: i });
  }
  const crowd = Math.sqrt(targets.count);
  const segment = ({ from, to }: Facet, stroke: Colour, width: number): SceneShape => {
    const [a = 0, b = 0, c = 0, d = 0] = place([...from, ...to], left);
    return { kind: "line", points: [a, b, c, d], stroke, width };
  };
  if (crowd < 60) for (const facet of facets) shapes.push(segment(facet, [235, 235, 240], 0.6));
  const limit = singularAngle(facets);
  const singular = facets.filter(({ angle }) => angle > limit.angle);
  for (const facet of singular) shapes.push(segment(facet, SINGULAR, 2));
  shapes.push(...frame(MARGIN, TOP));

  const right = targetPanel(problem);
  const radius = Math.max(0.9, Math.min(5, 60 / crowd));
  for (let i = 0; i < targets.count; i++) {
    if ((nu[i] as number) === 0 && (masses[i] as number) === 0) continue;
    const [x = 0, y = 0] = place(targets.values.subarray(2 * i, 2 * i + 2), right.panel);
    if (radius > 1.5) shapes.push({ kind: "dot", x, y, radius: radius + 0.7, fill: INK });
    shapes.push({ kind: "dot", x, y, radius, fill: colourOf(i), cell: i });
  }
  const second = 2 * MARGIN + SIDE;
  shapes.push(...frame(second, TOP));
  const text = (x: number, y: number, words: string, size = 15): SceneShape => ({
    kind: "text",
    x,
    y,
    size,
    text: words,
    fill: INK,
  });
  const half = SHOWN[source];
  shapes.push(text(MARGIN, TOP - 14, `source: ${source}, ${-half} to ${half}, and its power cells`));
  const at = [0, 1].map((k) => {
    const middle = (offset[k] as number) + (k === 0 ? right.x : right.y);
    return number(Math.abs(middle) < 1e-6 * right.half ? 0 : middle);
  });
  shapes.push(
    text(second, TOP - 14, `${targets.count} targets around ${at.join(", ")}, half side ${number(right.half)}`),
  );
  shapes.push(
    ...legend({
      end: `${most.toFixed(most < 0.1 ? 4 : 2)}${beyond ? "+" : ""}`,
      singular: `singular set: ${singular.length} ${singular.length === 1 ? "edge" : "edges"} above ${limit.words}`,
      top: TOP + SIDE + 20,
      text,
    }),
  );
  return { width: 3 * MARGIN + 2 * SIDE, height: TOP + SIDE + 76, shapes };
}

/** The angle above which a facet is singular, and where it comes from. */
function singularAngle(facets: readonly Facet[]): { readonly angle: number; readonly words: string } {
  const sorted = facets.map(({ angle }) => angle).sort((a, b) => a - b);
  const relative = SINGULAR_RATIO * (sorted[sorted.length >> 1] ?? 0);
  if (relative <= SINGULAR_ANGLE) return { angle: SINGULAR_ANGLE, words: `${SINGULAR_ANGLE} rad` };
  if (relative >= CERTAIN_ANGLE) return { angle: CERTAIN_ANGLE, words: `${CERTAIN_ANGLE} rad` };
  return { angle: relative, words: `${relative.toFixed(2)} rad, ${SINGULAR_RATIO} times the median` };
}

const number = (value: number): string => String(Number(value.toPrecision(3)));

interface Legend {
  /** The angle at the end of the colour scale, as text. */
  readonly end: string;
  /** The text about the singular set. */
  readonly singular: string;
  readonly top: number;
  readonly text: (x: number, y: number, words: string) => SceneShape;
}

function legend({ end, singular, top, text }: Legend): SceneShape[] {
  const shapes: SceneShape[] = [];
  const steps = 64;
  const width = SIDE / steps;
  for (let s = 0; s < steps; s++) {
    const [a, b] = [MARGIN + s * width, MARGIN + (s + 1) * width];
    shapes.push({
      kind: "polygon",
      points: [a, top, b, top, b, top + BAR, a, top + BAR],
      fill: colour((s + 0.5) / steps),
    });
  }
  const base = top + BAR + 20;
  shapes.push(text(MARGIN, base, "0"), text(MARGIN + SIDE / 2 - 130, base, "mean angle at the edges of a cell, rad"));
  shapes.push(text(MARGIN + SIDE - 9.5 * end.length, base, end));
  const second = 2 * MARGIN + SIDE;
  shapes.push({
    kind: "line",
    points: [second, top + BAR / 2, second + 40, top + BAR / 2],
    stroke: SINGULAR,
    width: 2,
  });
  shapes.push(text(second + 52, top + BAR, singular));
  return shapes;
}

function colour(share: number): Colour {
  const at = Math.max(0, Math.min(1, share)) * (SCALE.length - 1);
  const k = Math.min(SCALE.length - 2, Math.floor(at));
  const [from, to] = [SCALE[k] as Colour, SCALE[k + 1] as Colour];
  const mix = (c: 0 | 1 | 2): number => Math.round(from[c] + (at - k) * (to[c] - from[c]));
  return [mix(0), mix(1), mix(2)];
}

/** The edges between cells, each once, clipped to the shown square. */
function facetsOf(problem: Problem, { start, vertices, across }: ExactCells["cells"], half: number): Facet[] {
  const facets: Facet[] = [];
  const angleOf = centredAngle(problem, 1);
  for (let i = 0; i + 1 < start.length; i++) {
    const [first, last] = [start[i] as number, start[i + 1] as number];
    for (let k = first; k < last; k++) {
      const j = across[k] as number;
      if (j <= i) continue;
      const q = k + 1 === last ? first : k + 1;
      const ends = cutSegment(
        [vertices[2 * k] as number, vertices[2 * k + 1] as number],
        [vertices[2 * q] as number, vertices[2 * q + 1] as number],
        half,
      );
      if (ends !== undefined) facets.push({ i, j, angle: angleOf(i, j), from: ends[0], to: ends[1] });
    }
  }
  return facets;
}

function meanFolds(facets: readonly Facet[], count: number): Float64Array {
  const [sum, length] = [new Float64Array(count), new Float64Array(count)];
  for (const { i, j, angle, from, to } of facets) {
    const long = hypot(to[0] - from[0], to[1] - from[1]);
    for (const c of [i, j]) {
      (sum[c] as number) += angle * long;
      (length[c] as number) += long;
    }
  }
  return sum.map((value, i) => ((length[i] as number) > 0 ? value / (length[i] as number) : 0));
}

/** The part of a convex polygon within the square. */
function clip(points: Float64Array, half: number): number[] {
  let shown = Array.from(points);
  for (const k of [0, 1]) {
    for (const sign of [-1, 1]) {
      const next: number[] = [];
      for (let v = 0; v < shown.length; v += 2) {
        const q = (v + 2) % shown.length;
        const [s, t] = [sign * (shown[v + k] as number) - half, sign * (shown[q + k] as number) - half];
        if (s <= 0) next.push(shown[v] as number, shown[v + 1] as number);
        if (s < 0 !== t < 0 && s !== 0 && t !== 0) {
          const share = s / (s - t);
          for (const c of [0, 1]) {
            const from = shown[v + c] as number;
            next.push(from + share * ((shown[q + c] as number) - from));
          }
        }
      }
      shown = next;
    }
  }
  return shown;
}
