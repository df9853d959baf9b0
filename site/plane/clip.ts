const CORNERS = 96;

/** The part of a convex polygon (rows of vertices) within a disc around 0, up to its 96 corners. */
export function withinDisc(vertices: ArrayLike<number>, radius: number): readonly number[] {
  let polygon = Array.from(vertices);
  if (polygon.every((_, k) => k % 2 === 1 || Math.hypot(polygon[k] as number, polygon[k + 1] as number) <= radius)) {
    return polygon;
  }
  for (let corner = 0; corner < CORNERS; corner++) {
    const angle = (2 * Math.PI * corner) / CORNERS;
    polygon = cut(polygon, Math.cos(angle), Math.sin(angle), radius);
  }
  return polygon;
}

/** The part of a polygon where a x + b y ≤ c. */
function cut(polygon: readonly number[], a: number, b: number, c: number): number[] {
  const kept: number[] = [];
  for (let k = 0; k < polygon.length; k += 2) {
    const next = (k + 2) % polygon.length;
    const [x, y] = [polygon[k] as number, polygon[k + 1] as number];
    const [u, v] = [polygon[next] as number, polygon[next + 1] as number];
    const [here, there] = [c - a * x - b * y, c - a * u - b * v];
    if (here >= 0) kept.push(x, y);
    if (here >= 0 !== there >= 0) {
      const t = here / (here - there);
      kept.push(x + t * (u - x), y + t * (v - y));
    }
  }
  return kept;
}
