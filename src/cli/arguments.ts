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
      args: joined(args, flags),
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
    if (typeof given !== "string") return [];
    if (given === "" && flag.optional !== true) throw new UsageError(`--${name}: expected ${flag.value}, got nothing`);
    return [[name, flag.parse(given, name)]];
  });
  return { help, values: Object.fromEntries(values) as ValuesOf<F>, positionals: parsed.positionals };
}

/**
 * The arguments, with each flag and its value in one, as `--name=value`, where the value would be
 * missed: it is left out where it may be, or begins with a `-`.
 */
function joined(args: readonly string[], flags: Flags): string[] {
  const all: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") return [...all, ...args.slice(i)];
    const flag = arg.startsWith("--") ? flags[arg.slice(2)] : undefined;
    if (flag === undefined || flag.value === "") all.push(arg);
    else if (flag.optional === true) all.push(`${arg}=`);
    else {
      const value = args[++i];
      if (value === undefined) throw new UsageError(`${arg}: expected ${flag.value}, got nothing`);
      if (/^-[^\d.]/.test(value)) {
        throw new UsageError(
          `${arg}: expected ${flag.value}, got the flag ${value}; a value is written ${arg}=${value}`,
        );
      }
      all.push(`${arg}=${value}`);
    }
  }
  return all;
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

export const text = (value: string, help: string): Flag<string> => ({ value, help, parse: (given) => given });

/** What was given for a flag, with quotes around it where it has spaces or control characters. */
const shown = (given: string): string => (/[\s\p{Cc}]/u.test(given) ? JSON.stringify(given) : given);

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
      const large = Number.isInteger(n) && n > Number.MAX_SAFE_INTEGER ? ` and at most ${most}` : "";
      const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}${large}` : `from ${least} to ${most}`;
      throw new UsageError(`--${name}: expected an integer ${range}, got ${shown(given)}`);
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
      throw new UsageError(`--${name}: expected a number above ${above} up to ${most}, got ${shown(given)}`);
    return x;
  },
});

export const choice = <T extends string>(choices: readonly T[], help: string): Flag<T> => ({
  value: choices.join("|"),
  help,
  parse(given, name) {
    const found = choices.find((c) => c === given);
    if (found === undefined) throw new UsageError(`--${name}: expected ${choices.join(" or ")}, got ${shown(given)}`);
    return found;
  },
});
