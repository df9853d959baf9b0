import { kindOf } from "./options.ts";

/** TypeError unless `value`, the argument `name` of an op, is a number; NaN is one. */
export function checkNumber(op: string, name: string, value: unknown): asserts value is number {
  if (typeof value === "number") return;
  throw new TypeError(`${op}: expected a number as \`${name}\`, got ${kindOf(value)}`);
}

/** RangeError unless `value`, the argument `name` of an op, is an integer within the bounds. */
export function checkWhole(op: string, name: string, value: number, [least, most]: readonly [number, number]): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${op}: expected \`${name}\` from ${least} to ${most}, got ${value}`);
}

/** TypeError unless `list`, the argument `name` of an op, is an array. */
export function checkArray(op: string, name: string, list: unknown): asserts list is readonly unknown[] {
  if (Array.isArray(list)) return;
  throw new TypeError(`${op}: expected \`${name}\` as an array, got ${kindOf(list)}`);
}

/**
 * TypeError unless `values` is an array, or a typed one, of numbers alone. JavaScript would turn
 * text, nested arrays and the like into other numbers or NaN without a word.
 */
export function checkNumbers(op: string, values: ArrayLike<number>): void {
  const list: unknown = values;
  if (typeof list !== "object" || list === null || typeof values.length !== "number") {
    throw new TypeError(`${op}: expected numbers in an array, got ${kindOf(list)}; convert them to numbers`);
  }
  const all = ArrayBuffer.isView(list) && typeof values[0] === "number";
  for (let i = 0; i < values.length && !all; i++) {
    const value: unknown = values[i];
    if (typeof value === "number") continue;
    const advice = Array.isArray(value) ? "give `values.flat(Infinity)`" : "convert it to a number";
    throw new TypeError(`${op}: expected numbers, got ${kindOf(value)} at ${i}; ${advice}`);
  }
}
