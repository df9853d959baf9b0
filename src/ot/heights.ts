/** RangeError unless heights to start from are one per target, and finite where the target has mass. */
export function checkHeights(op: string, heights: ArrayLike<number>, nu: Float64Array): void {
  if (heights.length !== nu.length) {
    throw new RangeError(`${op}: expected ${nu.length} \`heights\`, got ${heights.length}`);
  }
  const wrong = nu.findIndex((mass, i) => mass > 0 && !Number.isFinite(heights[i]));
  if (wrong >= 0) {
    throw new RangeError(`${op}: expected finite \`heights\` of targets with mass, got ${heights[wrong]} at ${wrong}`);
  }
}
