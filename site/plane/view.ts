/** Width and height of a picture of the plane, in the units of its SVG. */
export const SIZE = 640;

/** A square part of the plane, and where its places lie in a picture. */
export interface View {
  /** Half of the side of what is seen, in the plane's units. */
  readonly half: number;
  x(x: number): number;
  y(y: number): number;
  /** A length of the plane in the picture. */
  scale: number;
  /** The place of the plane at a point of the screen over a picture. */
  at(picture: SVGSVGElement, event: { readonly clientX: number; readonly clientY: number }): [number, number];
}

/** What is seen of the plane around (cx, cy). */
export function viewOf(half: number, cx = 0, cy = 0): View {
  const scale = SIZE / (2 * half);
  return {
    half,
    scale,
    x: (x) => (x - cx + half) * scale,
    y: (y) => (half + cy - y) * scale,
    at(picture, { clientX, clientY }) {
      const box = picture.getBoundingClientRect();
      const [u, v] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
      return [cx + (2 * u - 1) * half, cy + (1 - 2 * v) * half];
    },
  };
}

/** The least square around these places and the square around 0 of a half side, with a margin. */
export function viewAround(places: ArrayLike<number>, least: number): View {
  let [left, right, low, high] = [-least, least, -least, least];
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [places[i] as number, places[i + 1] as number];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [low, high] = [Math.min(low, y), Math.max(high, y)];
  }
  return viewOf(0.51 * Math.max(right - left, high - low), (left + right) / 2, (low + high) / 2);
}

/** A number of the picture's units, short enough for long paths. */
export const unit = (value: number): string => String(Math.round(100 * value) / 100);

/** The path of a closed polygon whose vertices are rows of places. */
export function outline({ x, y }: View, vertices: ArrayLike<number>): string {
  let path = "";
  for (let k = 0; k < vertices.length; k += 2) {
    path += `${k === 0 ? "M" : "L"}${unit(x(vertices[k] as number))} ${unit(y(vertices[k + 1] as number))}`;
  }
  return path === "" ? "" : `${path}Z`;
}
