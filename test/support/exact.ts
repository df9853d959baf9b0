// Elementary functions of float64 numbers to more than 200 bits, by series in integers: the
// references for src/math.

/** value · 2^−scale. */
export interface Exact {
  readonly value: bigint;
  readonly scale: number;
}

const DIGITS = 256;

const shifted = (value: bigint, by: number): bigint => (by >= 0 ? value << BigInt(by) : value >> BigInt(-by));
const bitLength = (value: bigint): number => {
  const hex = (value < 0n ? -value : value).toString(16);
  return 4 * (hex.length - 1) + (32 - Math.clz32(Number.parseInt(hex[0] ?? "0", 16)));
};

/** A finite float64 number as an integer times a power of two. */
export function ofNumber(x: number): Exact {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  return { value: x < 0 ? -magnitude : magnitude, scale: 1075 - Math.max(1, exponent) };
}

/**
 * x as an integer at a scale that is exact and has at least `DIGITS` bits below its highest bit.
 */
function fine(x: number): { readonly value: bigint; readonly scale: number } {
  const { value, scale } = ofNumber(x);
  const wanted = Math.max(scale, DIGITS, DIGITS + scale - bitLength(value));
  return { value: shifted(value, wanted - scale), scale: wanted };
}

/** |y − exact| in units of the last place of `exact`; infinity counts as 2¹⁰²⁴. */
export function ulps(y: number, exact: Exact): number {
  if (exact.value === 0n) return y === 0 ? 0 : Number.POSITIVE_INFINITY;
  if (Number.isNaN(y)) return Number.POSITIVE_INFINITY;
  const most = 2n ** 1024n;
  const given = Number.isFinite(y) ? ofNumber(y) : { value: y > 0 ? most : -most, scale: 0 };
  const last = Math.max(bitLength(exact.value) - exact.scale - 53, -1074); // exponent of the unit
  const scale = Math.max(exact.scale, given.scale, 64 - last);
  const gap = shifted(given.value, scale - given.scale) - shifted(exact.value, scale - exact.scale);
  const units = Number(shifted(gap < 0n ? -gap : gap, 32 - scale - last));
  return units / 0x1_0000_0000;
}

/** Σ ± x^(2j+1) / (2j+1) for a small x: arctan x where the signs alternate, else artanh x. */
function arcSeries(x: bigint, scale: number, alternating: boolean): bigint {
  const one = 1n << BigInt(scale);
  const square = (x * x) / one;
  let [sum, power] = [0n, x];
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = ((alternating ? -power : power) * square) / one;
  }
  return sum;
}

const constants = new Map<string, bigint>();
function constant(name: string, scale: number, make: (one: bigint, scale: number) => bigint): bigint {
  const key = `${name} ${scale}`;
  const known = constants.get(key) ?? make(1n << BigInt(scale + 32), scale + 32) >> 32n;
  constants.set(key, known);
  return known;
}
/** ln 2 = 2 artanh 1/3. */
const ln2 = (scale: number): bigint => constant("ln2", scale, (one, s) => 2n * arcSeries(one / 3n, s, false));
/** π = 16 arctan 1/5 − 4 arctan 1/239 (Machin 1706). */
const pi = (scale: number): bigint =>
  constant("pi", scale, (one, s) => 16n * arcSeries(one / 5n, s, true) - 4n * arcSeries(one / 239n, s, true));

const nearest = (a: bigint, b: bigint): bigint => {
  const rounded = (2n * a + b) / (2n * b);
  return rounded * 2n * b > 2n * a + b ? rounded - 1n : rounded;
};

/** ⌊√n⌋ by Newton's steps from above. */
function squareRoot(n: bigint): bigint {
  if (n === 0n) return 0n;
  let x = 1n << BigInt(Math.ceil(bitLength(n) / 2));
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

function expOf({ value, scale }: Exact): Exact {
  const wide = scale + 64;
  const one = 1n << BigInt(wide);
  const k = nearest(value << 64n, ln2(wide));
  const r = ((value << 64n) - k * ln2(wide)) >> 8n; // 2⁻⁸ of the remainder
  let [sum, term] = [one, one];
  for (let n = 1n; term !== 0n; n++) {
    term = (term * r) / one / n;
    sum += term;
  }
  for (let i = 0; i < 8; i++) sum = (sum * sum) / one;
  return { value: sum, scale: wide - Number(k) };
}

function logOf({ value, scale }: Exact): Exact {
  const k = bitLength(value) - scale; // value = 2^k m with m from ½ to 1
  const wide = Math.max(scale, DIGITS) + 64;
  const one = 1n << BigInt(wide);
  const m = shifted(value, wide - k - scale);
  const [near, base] = 3n * m < 2n * one ? [2n * m, k - 1] : [m, k]; // near 1: from ⅔ to 4/3
  const s = ((near - one) << BigInt(wide)) / (near + one);
  return { value: 2n * arcSeries(s, wide, false) + BigInt(base) * ln2(wide), scale: wide };
}

/** sin (x + quarters π/2). */
function sineOf(x: number, quarters: number): Exact {
  const given = fine(x);
  const scale = given.scale + 64;
  const value = given.value << 64n;
  const one = 1n << BigInt(scale);
  const n = nearest(value, pi(scale) / 2n);
  const r = value - (n * pi(scale)) / 2n;
  const turned = Number((((n + BigInt(quarters)) % 4n) + 4n) % 4n);
  let [sum, term] = [0n, turned % 2 === 0 ? r : one];
  for (let j = turned % 2 === 0 ? 2n : 1n; term !== 0n; j += 2n) {
    sum += term;
    term = -(((term * r) / one) * r) / one / (j * (j + 1n));
  }
  return { value: turned > 1 ? -sum : sum, scale };
}

const ratio = (a: Exact, b: Exact): Exact => {
  const scale = Math.max(0, DIGITS + bitLength(b.value) - bitLength(a.value));
  return { value: (a.value << BigInt(scale)) / b.value, scale: scale + a.scale - b.scale };
};
const sum = (a: Exact, b: Exact): Exact => {
  const scale = Math.max(a.scale, b.scale);
  return { value: shifted(a.value, scale - a.scale) + shifted(b.value, scale - b.scale), scale };
};
const product = (a: Exact, b: Exact): Exact => ({ value: a.value * b.value, scale: a.scale + b.scale });
const negative = ({ value, scale }: Exact): Exact => ({ value: -value, scale });
const ONE: Exact = { value: 1n, scale: 0 };

/** The angle of (x, y), neither of them 0. */
function angleOf(y: number, x: number): Exact {
  const [a, b] = [ofNumber(Math.abs(y)), ofNumber(Math.abs(x))];
  const steep = Math.abs(y) > Math.abs(x);
  const given = steep ? ratio(b, a) : ratio(a, b);
  const scale = Math.max(given.scale, DIGITS) + 64;
  const one = 1n << BigInt(scale);
  let t = shifted(given.value, scale - given.scale);
  // The angle is halved three times.
  for (let i = 0; i < 3; i++) t = (t * one) / (one + squareRoot(one * one + t * t));
  const angle = 8n * arcSeries(t, scale, true);
  const fromX = steep ? pi(scale) / 2n - angle : angle;
  const fromRight = x < 0 ? pi(scale) - fromX : fromX;
  return { value: y < 0 ? -fromRight : fromRight, scale };
}

/** The functions of src/math by their names, at finite arguments. */
export const exactly = {
  exp: (x: number): Exact => expOf(fine(x)),
  log: (x: number): Exact => logOf(fine(x)),
  log1p: (x: number): Exact => logOf(sum(ONE, fine(x))),
  tanh(x: number): Exact {
    const e = expOf(fine(2 * x));
    return ratio(sum(e, negative(ONE)), sum(e, ONE));
  },
  sin: (x: number): Exact => sineOf(x, 0),
  cos: (x: number): Exact => sineOf(x, 1),
  tan: (x: number): Exact => ratio(sineOf(x, 0), sineOf(x, 1)),
  atan2: angleOf,
  hypot(x: number, y: number): Exact {
    const [a, b] = [ofNumber(x), ofNumber(y)];
    const square = sum(product(a, a), product(b, b));
    const scale = Math.ceil(square.scale / 2) + DIGITS;
    return { value: squareRoot(shifted(square.value, 2 * scale - square.scale)), scale };
  },
} as const;
