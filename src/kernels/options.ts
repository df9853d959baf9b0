// The one way in which functions refuse options that they do not have.
import { editDistance, nearestName } from "./nearestName.ts";

/** A value in the words of an error. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return Array.isArray(value[0]) ? "an array of arrays" : "an array";
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 64))}`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null) return String(value);
  const name = value.constructor?.name ?? "Object";
  if (name !== "Object") return `an object of class ${name}`;
  return `an object with { ${Object.keys(value).slice(0, 10).join(", ")} }`;
}

/**
 * Throws TypeError unless `options` is a record whose keys are all among `names`. The error names
 * the key, those that there are and, where one is spelt nearly alike, which was meant. The names
 * of all options of the type have to be given: a list that lacks one does not compile.
 */
export function checkOptions<O extends object, const N extends readonly (keyof O)[]>(
  op: string,
  options: O,
  names: N &
    ([Exclude<keyof O, N[number]>] extends [never] ? unknown : { readonly lacks: Exclude<keyof O, N[number]> }),
): void {
  const all: readonly PropertyKey[] = names;
  if (typeof options !== "object" || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw new TypeError(`${op}: expected a record of options among ${all.join(", ")}, got ${kindOf(options)}`);
  }
  for (const name in options) if (!all.includes(name)) throw unknown(op, name, all as readonly string[]);
}

function unknown(op: string, name: string, names: readonly string[]): TypeError {
  const near = names.find((known) => known.startsWith(name) || name.startsWith(known)) ?? nearestName(name, names);
  const alike = near.startsWith(name) || 2 * editDistance(name, near) <= Math.max(name.length, near.length);
  const advice = alike ? `did you mean \`${near}\`?` : "leave it out";
  return new TypeError(`${op}: expected options among ${names.join(", ")}, got \`${name.slice(0, 64)}\`; ${advice}`);
}
