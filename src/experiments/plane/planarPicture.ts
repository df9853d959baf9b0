import type { ExactCells } from "../../ot/exact/exact.ts";
import { targetRows } from "../../ot/map/map.ts";
import type { Points } from "../../ot/points.ts";
import type { Problem } from "../../ot/problem.ts";
import { cellPicture } from "../../pictures/cellPicture.ts";
import { frame, INK, MARGIN, panel, SIDE, TOP, targetPanel } from "../../pictures/panel.ts";
import type { Colour, Scene, SceneShape } from "../../pictures/scene.ts";
import type { PlaneSet } from "./planeSets.ts";

/** Rows that a system drew. */
export interface Drawn {
  readonly name: string;
  readonly rows: Points;
}

const GOOD: Colour = [38, 76, 140];
const BAD: Colour = [230, 120, 30];
const TARGET: Colour = [196, 196, 204];
const RADIUS = 1.8;

/**
 * A picture of four panels. Above are the source with its power cells, and the targets. Below are
 * the rows that two systems drew, over the targets in grey, in the same square.
 */
export function planarPicture(
  problem: Problem,
  cells: ExactCells,
  set: PlaneSet,
  drawn: readonly [Drawn, Drawn],
): Scene {
  const above = cellPicture(problem, cells);
  const { x, y, half } = targetPanel(problem);
  const [middleX, middleY] = [x + (problem.offset[0] as number), y + (problem.offset[1] as number)];
  const top = above.height + TOP;
  const targets = targetRows(
    problem,
    Uint32Array.from({ length: problem.targets.count }, (_, i) => i),
  );
  const shapes: SceneShape[] = [...above.shapes];
  for (const [at, { name, rows }] of drawn.entries()) {
    const left = MARGIN + at * (SIDE + MARGIN);
    const map = panel({ left, top, half, x: middleX, y: middleY });
    const dot = (p: number, q: number, radius: number, fill: Colour): void => {
      shapes.push({ kind: "dot", x: map.x + map.scale * p, y: map.y - map.scale * q, radius, fill });
    };
    for (let i = 0; i < targets.length; i += 2)
      dot(targets[i] as number, targets[i + 1] as number, 1.5 * RADIUS, TARGET);
    let [bad, outside] = [0, 0];
    for (let m = 0; m < rows.count; m++) {
      const [p, q] = [rows.values[2 * m] as number, rows.values[2 * m + 1] as number];
      const good = set.good(p, q);
      if (!good) bad++;
      if (Math.max(Math.abs(p - middleX), Math.abs(q - middleY)) > half) outside++;
      else dot(p, q, RADIUS, good ? GOOD : BAD);
    }
    shapes.push(...frame(left, top));
    const caption = `drawn by ${name}: ${rows.count}, ${bad} beyond 3 sd (orange)${outside > 0 ? `, ${outside} not shown` : ""}`;
    shapes.push({ kind: "text", x: left, y: top - 14, size: 15, text: caption, fill: INK });
  }
  return { width: above.width, height: top + SIDE + MARGIN, shapes };
}
