import { hypot } from "../math/elementary.ts";
import { cos, sin } from "../math/trigonometric.ts";
import { GLYPH_HEIGHT, GLYPH_STEP, glyph } from "./glyphs.ts";
import { encodePng } from "./imageGrid.ts";
import type { Colour, Scene, SceneShape } from "./scene.ts";

/**
 * Samples per pixel along each axis. Neighbouring polygons share no sample and leave none out, so
 * the background does not show between them.
 */
const FINE = 3;

/**
 * The scene as a PNG file, antialiased by averaging 3 × 3 samples a pixel. The same scene gives the
 * same bytes.
 */
export function scenePng(scene: Scene): Uint8Array {
  const [width, height] = [scene.width * FINE, scene.height * FINE];
  const canvas = { width, height, pixels: new Uint8Array(3 * width * height).fill(255) };
  for (const shape of scene.shapes) draw(canvas, shape);
  return encodePng({ width: scene.width, height: scene.height, channels: 3, pixels: average(canvas) });
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

function average({ width, height, pixels }: Canvas): Uint8Array {
  const [columns, rows] = [width / FINE, height / FINE];
  const result = new Uint8Array(3 * columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let at = 0; at < 3 * columns; at++) {
      const [x, channel] = [Math.floor(at / 3), at % 3];
      let sum = 0;
      for (let b = 0; b < FINE; b++) {
        for (let a = 0; a < FINE; a++) {
          sum += pixels[3 * ((y * FINE + b) * width + x * FINE + a) + channel] as number;
        }
      }
      result[3 * columns * y + at] = Math.round(sum / (FINE * FINE));
    }
  }
  return result;
}

function draw(canvas: Canvas, shape: SceneShape): void {
  switch (shape.kind) {
    case "polygon":
      fill(
        canvas,
        Array.from(shape.points, (v) => v * FINE),
        shape.fill,
      );
      break;
    case "line": {
      const [ax, ay, bx, by] = shape.points.map((v) => v * FINE) as [number, number, number, number];
      const length = hypot(bx - ax, by - ay);
      const radius = (shape.width * FINE) / 2;
      const [nx, ny] = length === 0 ? [0, 0] : [(-(by - ay) / length) * radius, ((bx - ax) / length) * radius];
      fill(canvas, [ax + nx, ay + ny, ax - nx, ay - ny, bx - nx, by - ny, bx + nx, by + ny], shape.stroke);
      for (const [x, y] of [
        [ax, ay],
        [bx, by],
      ] as const) {
        if (radius > 1) fill(canvas, circle(x, y, radius), shape.stroke);
      }
      break;
    }
    case "dot":
      fill(canvas, circle(shape.x * FINE, shape.y * FINE, shape.radius * FINE), shape.fill);
      break;
    default: {
      // capitals are about three quarters of a font's size
      const pixel = (shape.size * FINE) / GLYPH_HEIGHT / 1.35;
      let left = shape.x * FINE;
      for (const character of shape.text) {
        for (const [column, row] of glyph(character)) {
          const [x, y] = [left + column * pixel, shape.y * FINE + (row - GLYPH_HEIGHT) * pixel];
          fill(canvas, [x, y, x + pixel, y, x + pixel, y + pixel, x, y + pixel], shape.fill);
        }
        left += GLYPH_STEP * pixel;
      }
    }
  }
}

function circle(x: number, y: number, radius: number): number[] {
  const corners = Math.max(8, Math.ceil(4 * Math.sqrt(radius)));
  return Array.from({ length: 2 * corners }, (_, at) => {
    const angle = (2 * Math.PI * (at >> 1)) / corners;
    return at % 2 === 0 ? x + radius * cos(angle) : y + radius * sin(angle);
  });
}

/** Fills the samples whose centres lie in a convex polygon, scan line by scan line. */
function fill({ width, height, pixels }: Canvas, points: ArrayLike<number>, [red, green, blue]: Colour): void {
  const corners = points.length / 2;
  let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < corners; k++) {
    top = Math.min(top, points[2 * k + 1] as number);
    bottom = Math.max(bottom, points[2 * k + 1] as number);
  }
  for (let row = Math.max(0, Math.ceil(top - 0.5)); row <= Math.min(height - 1, Math.floor(bottom - 0.5)); row++) {
    const y = row + 0.5;
    let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < corners; k++) {
      const q = k + 1 === corners ? 0 : k + 1;
      const [ax, ay] = [points[2 * k] as number, points[2 * k + 1] as number];
      const [bx, by] = [points[2 * q] as number, points[2 * q + 1] as number];
      if (ay <= y === by <= y) continue;
      const x = ax + ((y - ay) / (by - ay)) * (bx - ax);
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
    // The interval is half-open, so that neighbours share no sample.
    const last = Math.min(width, Math.ceil(right - 0.5));
    for (let column = Math.max(0, Math.ceil(left - 0.5)); column < last; column++) {
      const at = 3 * (row * width + column);
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
    }
  }
}
