// The one way in which functions refuse options that they do not have.
import { editDistance, nearestName } from "./nearestName.ts";

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number") return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "an array";
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
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
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
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
