// Pictures on canvases.
import { type Pictures, rgba } from "brenier/models";
import { html } from "../../shell/elements.ts";

/** A canvas that will show `columns` pictures side by side, and says what they are. */
export function pictureCanvas(label: string, name: string, columns: number): HTMLCanvasElement {
  const size = { width: columns, height: 1 };
  return html("canvas", { class: "pictures", role: "img", "aria-label": label, "data-pictures": name, ...size });
}

/** Draws pictures in rows of `columns`. */
export function show(canvas: HTMLCanvasElement, pictures: Pictures, columns: number, gap = 1): void {
  const { data, width, height } = rgba(pictures, { columns, gap });
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
}

/** One picture as an address: grey ones are ink on nothing, so that they suit light and dark. */
export function inked(pictures: Pictures, n: number): string {
  const { data, width, height } = rgba(part(pictures, n, 1));
  if (pictures.channels === 1) {
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const parts = [1, 3, 5].map((at) => Number.parseInt(ink.slice(at, at + 2), 16));
    for (let i = 0; i < data.length; i += 4) {
      data[i + 3] = data[i] as number;
      for (let c = 0; c < 3; c++) data[i + c] = parts[c] as number;
    }
  }
  const canvas = html("canvas", { width, height });
  canvas.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas.toDataURL();
}

/** Some of the pictures. */
export function part(pictures: Pictures, first: number, count: number): Pictures {
  const size = pictures.pixels.length / pictures.count;
  return { ...pictures, count, pixels: pictures.pixels.slice(first * size, (first + count) * size) };
}
