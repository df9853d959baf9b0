import { sceneShapes } from "../pictures/scene.ts";
import type { CellsOfPlane } from "./data.ts";
import { html, Markup } from "./markup.ts";

/** Power cells in the plane; one that is pointed at, or named by its number, tells of itself. */
export function cellsSection({ scene, masses }: CellsOfPlane): Markup {
  const { width, height } = scene;
  return html`<section aria-labelledby="cells">
<h2 id="cells">Cells</h2>
<p class="aside">Point at a cell or its target, click to keep it, or give its number.</p>
<div class="chosen"><label>Cell <input type="number" id="cell" min="0" max="${masses.length - 1}" step="1" value="0"></label>
<output id="cell-text" for="cell"></output></div>
<svg id="cells-picture" role="img" aria-label="The power cells in the source's domain, and the targets" viewBox="0 0 ${width} ${height}">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${new Markup(sceneShapes(scene, { numbered: true }).join("\n"))}
</svg>
</section>
`;
}
