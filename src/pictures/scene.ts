/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * One shape of a picture, in pixels from the upper left corner. Later shapes cover earlier ones.
 */
export type SceneShape =
  | {
      readonly kind: "polygon";
      readonly points: ArrayLike<number>;
      readonly fill: Colour;
      /** Number of the cell that it shows. */
      readonly cell?: number;
    }
  | {
      readonly kind: "line";
      readonly points: readonly [number, number, number, number];
      readonly stroke: Colour;
      readonly width: number;
    }
  | {
      readonly kind: "dot";
      readonly x: number;
      readonly y: number;
      readonly radius: number;
      readonly fill: Colour;
      /** Number of the cell whose target it shows. */
      readonly cell?: number;
    }
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly size: number;
      readonly text: string;
      readonly fill: Colour;
    };

/** A picture as shapes on a white ground, to be written as SVG or drawn into pixels. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly SceneShape[];
}

/** The scene as an SVG document. */
export function sceneSvg(scene: Scene): string {
  const { width, height } = scene;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...sceneShapes(scene),
    "</svg>",
    "",
  ].join("\n");
}

/**
 * The scene's shapes as elements of SVG; `text` has its lower left corner at x, y. Where they are
 * numbered, those of a cell have its number in `data-cell`.
 */
export function sceneShapes({ shapes }: Scene, { numbered = false }: { readonly numbered?: boolean } = {}): string[] {
  const named = (cell: number | undefined): string => (numbered && cell !== undefined ? ` data-cell="${cell}"` : "");
  return shapes.map((shape) => {
    switch (shape.kind) {
      case "polygon": {
        const corners: string[] = [];
        for (let k = 0; k < shape.points.length; k += 2) {
          corners.push(`${short(shape.points[k] as number)},${short(shape.points[k + 1] as number)}`);
        }
        const colour = hex(shape.fill);
        // The thin outline hides the seams that antialiasing leaves between neighbours.
        return `<polygon points="${corners.join(" ")}" fill="${colour}" stroke="${colour}" stroke-width=".3"${named(shape.cell)}/>`;
      }
      case "line": {
        const [a, b, c, d] = shape.points.map(short);
        return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="${hex(shape.stroke)}" stroke-width="${short(shape.width)}" stroke-linecap="round"/>`;
      }
      case "dot":
        return `<circle cx="${short(shape.x)}" cy="${short(shape.y)}" r="${short(shape.radius)}" fill="${hex(shape.fill)}"${named(shape.cell)}/>`;
      default:
        return `<text x="${short(shape.x)}" y="${short(shape.y)}" font-family="sans-serif" font-size="${shape.size}" fill="${hex(shape.fill)}">${quote(shape.text)}</text>`;
    }
  });
}

const short = (value: number): string => String(Math.round(value * 100) / 100);
const hex = (colour: Colour): string => `#${colour.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
const quote = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
