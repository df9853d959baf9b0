import { parseArgs } from "node:util";

/** Thrown for wrong usage of a command; the exit code is 2. */
export class UsageError extends Error {}

/** One flag of a command: how its text becomes a value, and its description in `--help`. */
export interface Flag<T> {
  /** The placeholder of the value in `--help`, such as N; empty for a flag without a value. */
  readonly value: string;
  readonly help: string;
  /**
   * Whether the flag may be given without a value, which is then parsed as "". A value must then
   * follow after `=`.
   */
  readonly optional?: boolean;
  readonly parse: (text: string, name: string) => T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type ValuesOf<F extends Flags> = { readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never };

export interface Arguments<F extends Flags> {
  readonly help: boolean;
  readonly values: ValuesOf<F>;
  readonly positionals: readonly string[];
}

/**
 * Reads a command line. A single name that ends in ... stands for any number of arguments.
 * UsageError names the flag, what was expected and what was given.
 */
export function parseArguments<F extends Flags>(
  args: readonly string[],
  flags: F,
  positionals: readonly string[],
): Arguments<F> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [name, { type: value === "" ? "boolean" : "string" } as const]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: args.map((arg) =>
        flags[arg.replace(/^--/, "")]?.optional === true && arg.startsWith("--") ? `${arg}=` : arg,
      ),
      options: { ...options, verbose: { type: "boolean" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
  } catch (error) {
    // Node's message continues with advice, which is left out.
    const sentence = (error as Error).message.split(/\.? *\n|\. /)[0] ?? "";
    throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1));
  }
  const help = parsed.values["help"] === true;
  const any = positionals[0]?.endsWith("...") === true;
  if (!help && !any && parsed.positionals.length !== positionals.length) {
    const wanted = positionals.length === 0 ? "no arguments beside flags" : positionals.join(" ");
    throw new UsageError(`expected ${wanted}, got ${parsed.positionals.join(" ") || "none"}`);
  }
  const values = Object.entries(flags).flatMap(([name, flag]) => {
    const given = parsed.values[name];
    if (given === true) return [[name, flag.parse("", name)]];
    return typeof given === "string" ? [[name, flag.parse(given, name)]] : [];
  });
  return { help, values: Object.fromEntries(values) as ValuesOf<F>, positionals: parsed.positionals };
}

/** The lines of `--help` for flags, aligned. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { value, optional, help }]) => {
    return [optional === true ? `--${name}[=${value}]` : `--${name} ${value}`.trimEnd(), help] as const;
  });
  const all = [
    ...rows,
    ["--verbose", "if it fails, print all that is known of the error, with the driver's own lines"] as const,
    ["--help, -h", "print this"] as const,
  ];
  const width = Math.max(...all.map(([left]) => left.length));
  return all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
}

/** A flag without a value, which is true where it is given. */
export const toggle = (help: string): Flag<boolean> => ({ value: "", help, parse: () => true });

export const text = (value: string, help: string): Flag<string> => ({
  value,
  help,
  parse(given, name) {
    if (given === "") throw new UsageError(`--${name}: expected a ${value.toLowerCase()}, got nothing`);
    return given;
  },
});

export const integer = (
  value: string,
  help: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): Flag<number> => ({
  value,
  help,
  parse(given, name) {
    const n = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    if (!Number.isSafeInteger(n) || n < least || n > most) {
      const end = n > most ? ` and at most ${most}` : "";
      const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}${end}`;
      throw new UsageError(`--${name}: expected an integer ${range}, got ${given}`);
    }
    return n;
  },
});

export const real = (value: string, help: string, above: number, most: number): Flag<number> => ({
  value,
  help,
  parse(given, name) {
    const x = given.trim() === "" ? Number.NaN : Number(given);
    if (!(x > above && x <= most))
      throw new UsageError(`--${name}: expected a number above ${above} up to ${most}, got ${given}`);
    return x;
  },
});

export const choice = <T extends string>(choices: readonly T[], help: string): Flag<T> => ({
  value: choices.join("|"),
  help,
  parse(given, name) {
    const found = choices.find((c) => c === given);
    if (found === undefined) throw new UsageError(`--${name}: expected ${choices.join(" or ")}, got ${given}`);
    return found;
  },
});
