// Exact signs of determinants: in float64 where its error bound allows, else in integers of any
// length.

import { powerOfTwo } from "../../../math/float64.ts";

const EPSILON = powerOfTwo(-53);
// Shewchuk (Discrete & Computational Geometry 18, 1997), bounds A.
const TURN_BOUND = (3 + 16 * EPSILON) * EPSILON;
const PLANE_BOUND = (7 + 56 * EPSILON) * EPSILON;

/**
 * The sign of det(b − a, c − a), which is above 0 where a, b, c turn left. The coordinates are y
 * [n, 2]; a, b, c are indices of points.
 */
export function turn(y: Float64Array, a: number, b: number, c: number): number {
  const [ax, ay] = [y[2 * a] as number, y[2 * a + 1] as number];
  const [bx, by] = [y[2 * b] as number, y[2 * b + 1] as number];
  const [cx, cy] = [y[2 * c] as number, y[2 * c + 1] as number];
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const sign = left - right;
  if (Math.abs(sign) > TURN_BOUND * (Math.abs(left) + Math.abs(right))) return sign;
  const [AX, AY, BX, BY, CX, CY] = integers([ax, ay, bx, by, cx, cy]) as Six;
  const exact = (AX - CX) * (BY - CY) - (AY - CY) * (BX - CX);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

/**
 * True where the height of point p lies strictly above the plane through the heights of a, b, c,
 * which must turn left.
 */
export function above(y: Float64Array, h: Float64Array, a: number, b: number, c: number, p: number): boolean {
  const [px, py, ph] = [y[2 * p] as number, y[2 * p + 1] as number, h[p] as number];
  const [ax, ay, ah] = [(y[2 * a] as number) - px, (y[2 * a + 1] as number) - py, (h[a] as number) - ph];
  const [bx, by, bh] = [(y[2 * b] as number) - px, (y[2 * b + 1] as number) - py, (h[b] as number) - ph];
  const [cx, cy, ch] = [(y[2 * c] as number) - px, (y[2 * c + 1] as number) - py, (h[c] as number) - ph];
  const [bc, cb, ca, ac, ab, ba] = [bx * cy, cx * by, cx * ay, ax * cy, ax * by, bx * ay];
  const sign = ah * (bc - cb) + bh * (ca - ac) + ch * (ab - ba);
  const size =
    (Math.abs(bc) + Math.abs(cb)) * Math.abs(ah) +
    (Math.abs(ca) + Math.abs(ac)) * Math.abs(bh) +
    (Math.abs(ab) + Math.abs(ba)) * Math.abs(ch);
  if (Math.abs(sign) > PLANE_BOUND * size) return sign < 0;
  return exactlyAbove(y, h, a, b, c, p);
}

type Six = [bigint, bigint, bigint, bigint, bigint, bigint];

function exactlyAbove(y: Float64Array, h: Float64Array, a: number, b: number, c: number, p: number): boolean {
  const xs = [a, b, c, p].flatMap((i) => [y[2 * i] as number, y[2 * i + 1] as number]);
  const [AX, AY, BX, BY, CX, CY, PX, PY] = integers(xs) as [...Six, bigint, bigint];
  const [AH, BH, CH, PH] = integers([a, b, c, p].map((i) => h[i] as number)) as [bigint, bigint, bigint, bigint];
  const [ax, ay, bx, by, cx, cy] = [AX - PX, AY - PY, BX - PX, BY - PY, CX - PX, CY - PY];
  return (AH - PH) * (bx * cy - cx * by) + (BH - PH) * (cx * ay - ax * cy) + (CH - PH) * (ax * by - bx * ay) < 0n;
}

const float = new Float64Array(1);
const bits = new BigUint64Array(float.buffer);

/** Finite numbers as integers over one common power of two. */
function integers(values: readonly number[]): bigint[] {
  const parts = values.map((value) => {
    float[0] = value;
    const word = bits[0] as bigint;
    const exponent = Number((word >> 52n) & 0x7ffn);
    const fraction = word & 0xfffffffffffffn;
    const magnitude = exponent === 0 ? fraction : fraction | 0x10000000000000n;
    return { mantissa: value < 0 ? -magnitude : magnitude, exponent: magnitude === 0n ? 4096 : Math.max(exponent, 1) };
  });
  const least = parts.reduce((m, { exponent }) => Math.min(m, exponent), 4096);
  return parts.map(({ mantissa, exponent }) => (mantissa === 0n ? 0n : mantissa << BigInt(exponent - least)));
}
