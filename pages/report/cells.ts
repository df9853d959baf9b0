import type { PageData } from "./data.ts";
import { byId } from "./elements.ts";
import { short } from "./theme.ts";

type Cells = NonNullable<PageData["cells"]>;

const SVG = "http://www.w3.org/2000/svg";

/** Tells of the cell that is pointed at, clicked, or named by its number, and outlines it. */
export function tellOfCells({ masses, asked, neighbours }: Cells): void {
  const picture = byId<SVGSVGElement>("cells-picture");
  const input = byId<HTMLInputElement>("cell");
  const text = byId("cell-text");
  const outlines = document.createElementNS(SVG, "g");
  picture.append(outlines);

  const outline = (cell: number, name: string): void => {
    for (const shape of picture.querySelectorAll(`[data-cell="${cell}"]`)) {
      const copy = shape.cloneNode() as Element;
      for (const attribute of ["fill", "stroke", "stroke-width", "data-cell"]) copy.removeAttribute(attribute);
      if (copy.tagName === "circle") copy.setAttribute("r", String(Number(copy.getAttribute("r")) + 3));
      copy.setAttribute("class", name);
      outlines.append(copy);
    }
  };
  const tell = (cell: number): void => {
    const [mass, wish, near] = [masses[cell], asked[cell], neighbours[cell]];
    if (mass === undefined || wish === undefined || near === undefined) return;
    const error = wish > 0 ? ` (${mass >= wish ? "+" : ""}${short((100 * (mass - wish)) / wish, 2)} %)` : "";
    const beside = near.length === 0 ? "none" : near.join(", ");
    text.textContent = `mass ${short(mass)}, asked ${short(wish)}${error}; neighbours: ${beside}`;
    outlines.replaceChildren();
    for (const other of near) outline(other, "near");
    outline(cell, "chosen");
  };
  let kept = Number(input.value);
  const keep = (cell: number): void => {
    if (!(Number.isInteger(cell) && cell >= 0 && cell < masses.length)) return;
    kept = cell;
    input.value = String(cell);
    tell(cell);
  };
  const cellAt = ({ target }: Event): number | undefined => {
    const cell = (target as Element).closest?.("[data-cell]")?.getAttribute("data-cell");
    return cell === null || cell === undefined ? undefined : Number(cell);
  };
  picture.addEventListener("pointerover", (event) => {
    const cell = cellAt(event);
    if (cell === undefined) return;
    input.value = String(cell);
    tell(cell);
  });
  picture.addEventListener("pointerleave", () => keep(kept));
  picture.addEventListener("click", (event) => keep(cellAt(event) ?? kept));
  input.addEventListener("input", () => keep(input.valueAsNumber));
  // A number of no cell gives way to that of the cell which is told of.
  input.addEventListener("change", () => keep(kept));
  keep(kept);
}
