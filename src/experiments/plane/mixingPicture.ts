import type { ContinuousMap } from "../../models/systems/continuousMap.ts";
import { cutSegment, frame, INK, panel, place, SIDE } from "../../pictures/panel.ts";
import type { Colour, Scene, SceneShape } from "../../pictures/scene.ts";
import { nearestCentre, OFF, type SolvedClusters } from "./clusters.ts";

const MARGIN = 36;
const TOP = 56;
const SOURCE_HALF = 3; // holds .995 of N(0, I)
const GRID = SIDE / 2; // number of squares along a side of the source's panel
const MIXED: Colour = [222, 32, 38];
/** Colours of the clusters; none is close to red. */
const HUES: readonly Colour[] = [
  [66, 133, 190],
  [120, 178, 70],
  [128, 98, 178],
  [0, 150, 140],
  [196, 164, 40],
  [120, 120, 130],
  [90, 190, 220],
  [150, 110, 70],
];
const lighter = (colour: Colour): Colour => colour.map((c) => Math.round(255 - 0.45 * (255 - c))) as unknown as Colour;

/**
 * A picture of two panels. The left one is the source plane: each point has the colour of the
 * cluster nearest to the network's output, or red where the output is off every cluster; the
 * singular set of T is drawn in black on top. The right one is the target plane with the network's
 * outputs for the draws x [n, 2].
 */
export async function mixingPicture(
  { mixture, singular }: SolvedClusters,
  network: ContinuousMap,
  x: Float32Array,
): Promise<Scene> {
  const colourOf = (cluster: number, distance: number): Colour =>
    distance > OFF ? MIXED : (HUES[cluster % HUES.length] as Colour);
  const shapes: SceneShape[] = [];

  const source = panel({ left: MARGIN, top: TOP, half: SOURCE_HALF });
  const size = (2 * SOURCE_HALF) / GRID;
  const grid = new Float32Array(2 * GRID * GRID);
  for (let r = 0; r < GRID; r++) {
    for (let c = 0; c < GRID; c++)
      grid.set([(c + 0.5) * size - SOURCE_HALF, SOURCE_HALF - (r + 0.5) * size], 2 * (r * GRID + c));
  }
  const field = nearestCentre(mixture, await network.at(grid));
  const colours = Array.from(field.index, (k, m) => {
    const far = field.distance[m] as number;
    return far > OFF ? MIXED : lighter(colourOf(k, far));
  });
  for (let r = 0; r < GRID; r++) {
    for (let from = 0; from < GRID; ) {
      const fill = colours[r * GRID + from] as Colour;
      let to = from + 1;
      while (to < GRID && same(colours[r * GRID + to] as Colour, fill)) to++;
      const [left, right] = [from * size - SOURCE_HALF, to * size - SOURCE_HALF];
      const [top, bottom] = [SOURCE_HALF - r * size, SOURCE_HALF - (r + 1) * size];
      shapes.push({
        kind: "polygon",
        points: place([left, top, right, top, right, bottom, left, bottom], source),
        fill,
      });
      from = to;
    }
  }
  for (let f = 0; f < singular.count; f++) {
    const [ax = 0, ay = 0, bx = 0, by = 0] = singular.ends.subarray(4 * f, 4 * f + 4);
    const shown = cutSegment([ax, ay], [bx, by], SOURCE_HALF);
    if (shown === undefined) continue;
    const [a = 0, b = 0, c = 0, d = 0] = place(shown.flat(), source);
    shapes.push({ kind: "line", points: [a, b, c, d], stroke: INK, width: 1.6 });
  }
  shapes.push(...frame(MARGIN, TOP));

  const second = 2 * MARGIN + SIDE;
  const half = 1.15 * Math.max(...mixture.centres.flat().map((v) => Math.abs(v) + OFF * mixture.sd));
  const target = panel({ left: second, top: TOP, half });
  const y = await network.at(x);
  const { index, distance } = nearestCentre(mixture, y);
  const at = place(y, target);
  mixture.centres.forEach((centre, k) => {
    const [left = 0, top = 0] = place(centre, target);
    const fill = lighter(HUES[k % HUES.length] as Colour);
    shapes.push({ kind: "dot", x: left, y: top, radius: OFF * mixture.sd * target.scale, fill });
  });
  for (const off of [true, false]) {
    distance.forEach((far, m) => {
      if (far > OFF !== off) return;
      const [left, top] = [at[2 * m] as number, at[2 * m + 1] as number];
      if (left < second || left > second + SIDE || top < TOP || top > TOP + SIDE) return;
      shapes.push({ kind: "dot", x: left, y: top, radius: 1.4, fill: colourOf(index[m] as number, far) });
    });
  }
  shapes.push(...frame(second, TOP));

  const text = (left: number, top: number, words: string): SceneShape => {
    return { kind: "text", x: left, y: top, size: 15, text: words, fill: INK };
  };
  const base = TOP + SIDE + 30;
  const share = distance.reduce((sum, far) => sum + (far > OFF ? 1 : 0), 0) / distance.length;
  shapes.push(
    text(
      MARGIN,
      TOP - 14,
      `source: gaussian, -${SOURCE_HALF} to ${SOURCE_HALF}, coloured by where the network sends it`,
    ),
    text(second, TOP - 14, `targets: outputs of ${distance.length} draws, ${(100 * share).toFixed(1)} of 100 off`),
    { kind: "line", points: [MARGIN, base - 5, MARGIN + 40, base - 5], stroke: INK, width: 1.6 },
    text(MARGIN + 52, base, "singular set: here the transport map jumps"),
    { kind: "dot", x: second + 6, y: base - 6, radius: 6, fill: MIXED },
    text(second + 24, base, `off, on either side: further than ${OFF} sd from every centre`),
  );
  return { width: 3 * MARGIN + 2 * SIDE, height: TOP + SIDE + 52, shapes };
}

const same = (a: Colour, b: Colour): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
