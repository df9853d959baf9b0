import { polygon } from "../../../src/ot/exact/plane/polygons.ts";
import { withinDisc } from "../../plane/clip.ts";
import { placeColour } from "../../plane/colour.ts";
import { SIZE, unit } from "../../plane/view.ts";
import { svg } from "../../shell/elements.ts";
import { type Place, type Potentials, REACH } from "./potentials.ts";

export type Which = "u" | "phi";

/** Elevation from which the surface is seen. */
const ELEVATION = 0.56;
/** Parts of a side of the grid that φ is drawn on; rings and sectors where it is a disc. */
const [SIDE, RINGS, SECTORS] = [40, 22, 84];
/** Part of the picture's width that the surface takes, and its height over the width. */
const [WIDTH, RISE] = [0.68, 0.66];
/** Lightness of faces that are seen from behind and from in front of the light. */
const [DARK, BRIGHT] = [0.58, 0.82];

/** A potential as a surface over the plane, in the colours of where its gradient leads to. */
export class Surface {
  readonly element = svg("svg", {
    ...{ viewBox: `0 0 ${SIZE} ${SIZE}`, class: "picture surface", role: "img" },
    "aria-label": "The potential as a surface over the plane",
  });
  readonly #faces = svg("g", { class: "faces" });
  readonly #dots = svg("path", { class: "rebuilt" });
  readonly #mark = svg("g", { class: "mark" });

  constructor() {
    this.element.append(this.#faces, this.#dots, this.#mark);
  }

  draw(potentials: Potentials, { which, turn, place, rebuilt }: SurfaceScene): void {
    const { source } = potentials;
    const reach = REACH[source];
    const value = (at: Place): number => (which === "u" ? potentials.u(at) : potentials.phi(at));
    const faces = which === "u" ? facetsOf(potentials) : squaresOf(potentials);
    const levels = faces.flatMap(({ corners }) => corners.map((corner) => value(corner)));
    const [low, high] = [Math.min(...levels), Math.max(...levels)];
    const flat = projection({ turn, reach, low, range: high - low || 1 });
    const heights = faces.flatMap(({ corners }) => corners.map((corner) => flat(corner, value(corner)).y));
    const down = SIZE / 2 - (Math.min(...heights) + Math.max(...heights)) / 2;
    const project: typeof flat = (at, level) => {
      const projected = flat(at, level);
      return { ...projected, y: projected.y + down };
    };
    const drawn = faces.map(({ corners, cell, middle }) => {
      const at = corners.map((corner) => project(corner, value(corner)));
      return { at, cell, far: project(middle, 0).far, slope: slopeOf(potentials, which, cell, middle, turn) };
    });
    drawn.sort((a, b) => b.far - a.far);
    const { values } = potentials.cloud;
    const widest = Math.max(1e-9, ...values.map(Math.abs));
    const steepest = Math.max(1e-9, ...drawn.map(({ slope }) => Math.abs(slope)));
    this.#faces.replaceChildren(
      ...drawn.map(({ at, cell, slope }) => {
        const light = (DARK + BRIGHT) / 2 + ((BRIGHT - DARK) / 2) * (slope / steepest);
        const fill = placeColour(values[2 * cell] as number, values[2 * cell + 1] as number, 0.8 * widest, light);
        const d = `M${at.map(({ x, y }) => `${unit(x)} ${unit(y)}`).join("L")}Z`;
        return svg("path", { d, fill, ...(which === "phi" && { stroke: fill }) });
      }),
    );
    const dots = rebuilt.map(([at, level]) =>
      project(at, which === "phi" ? level : (at[0] ** 2 + at[1] ** 2) / 2 - level),
    );
    this.#dots.setAttribute("d", dots.map(({ x, y }) => `M${unit(x)} ${unit(y)}h0`).join(""));
    const [top, foot] = [project(place, value(place)), project(place, low)];
    this.#mark.replaceChildren(
      svg("path", { d: `M${unit(foot.x)} ${unit(foot.y)}L${unit(top.x)} ${unit(top.y)}` }),
      svg("circle", { cx: unit(top.x), cy: unit(top.y), r: 6 }),
    );
  }
}

export interface SurfaceScene {
  readonly which: Which;
  /** The angle from which the surface is seen. */
  readonly turn: number;
  /** The place that is looked at. */
  readonly place: Place;
  /** Values of φ that were computed from the map. */
  readonly rebuilt: readonly (readonly [Place, number])[];
}

interface Face {
  readonly corners: readonly Place[];
  readonly middle: Place;
  readonly cell: number;
}

/** The faces of u: the cells, on each of which it is linear. */
function facetsOf({ cells, source }: Potentials): readonly Face[] {
  const faces: Face[] = [];
  for (let cell = 0; cell + 1 < cells.start.length; cell++) {
    const seen = source === "gaussian" ? withinDisc(polygon(cells, cell), REACH.gaussian) : polygon(cells, cell);
    const corners = Array.from(
      { length: seen.length / 2 },
      (_, k): Place => [seen[2 * k] as number, seen[2 * k + 1] as number],
    );
    if (corners.length > 2) faces.push({ corners, middle: middleOf(corners), cell });
  }
  return faces;
}

/** Small faces on which φ is drawn, which is curved. */
function squaresOf(potentials: Potentials): readonly Face[] {
  const reach = REACH[potentials.source];
  const disc = potentials.source === "gaussian";
  const [rows, columns] = disc ? [RINGS, SECTORS] : [SIDE, SIDE];
  const corner = (r: number, c: number): Place => {
    if (!disc) return [reach * ((2 * c) / columns - 1), reach * ((2 * r) / rows - 1)];
    const angle = (2 * Math.PI * c) / columns;
    return [(reach * r * Math.cos(angle)) / rows, (reach * r * Math.sin(angle)) / rows];
  };
  const faces: Face[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const corners = [corner(r, c), corner(r, c + 1), corner(r + 1, c + 1), corner(r + 1, c)];
      const middle = middleOf(corners);
      faces.push({ corners, middle, cell: potentials.cell(middle) });
    }
  }
  return faces;
}

const middleOf = (corners: readonly Place[]): Place => [
  corners.reduce((sum, [x]) => sum + x, 0) / corners.length,
  corners.reduce((sum, [, y]) => sum + y, 0) / corners.length,
];

/** How steeply a face rises away from the reader's left, where the light comes from. */
function slopeOf(potentials: Potentials, which: Which, cell: number, [x, y]: Place, turn: number): number {
  const { values } = potentials.cloud;
  const [p, q] = [values[2 * cell] as number, values[2 * cell + 1] as number];
  const [gx, gy] = which === "u" ? [p, q] : [x - p, y - q];
  return gx * Math.cos(turn) - gy * Math.sin(turn);
}

/** Where a place and its level lie in the picture, and how far away. */
function projection({
  turn,
  reach,
  low,
  range,
}: {
  readonly turn: number;
  readonly reach: number;
  readonly low: number;
  readonly range: number;
}) {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const scale = (WIDTH * SIZE) / (2 * reach);
  return ([x, y]: Place, level: number): { readonly x: number; readonly y: number; readonly far: number } => {
    const [across, far] = [x * cos - y * sin, x * sin + y * cos];
    const up = ((level - low) / range) * RISE * SIZE * Math.cos(ELEVATION);
    return { x: SIZE / 2 + across * scale, y: -far * scale * Math.sin(ELEVATION) - up, far };
  };
}
