import { DataError } from "../data/error.ts";
import { readBytes } from "../data/readBytes.ts";
import { type RunConfig, readConfig } from "../run/config.ts";

/** The whole config.json of a run, as far as a replay needs it. DataError when something is missing or wrong. */
export function readRunConfig(path: string): RunConfig {
  const known = readConfig(path); // also tells a file that is no JSON
  const parsed = JSON.parse(new TextDecoder().decode(readBytes(path))) as Readonly<Record<string, unknown>>;
  const expected = <T>(name: string, what: string, test: (value: unknown) => boolean): T => {
    const value = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
    if (test(value)) return value as T;
    throw new DataError(`${path}: expected \`${name}\` as ${what}, got ${JSON.stringify(value) ?? "nothing"}`);
  };
  const whole = (name: string, least: number): number =>
    expected(name, `an integer of at least ${least}`, (v) => Number.isSafeInteger(v) && (v as number) >= least);
  const words = (name: string): string => expected(name, "a text", (v) => typeof v === "string");
  return {
    ...known,
    version: words("version"),
    profile: words("profile"),
    data: words("data"),
    limit: whole("limit", 1),
    epochs: whole("epochs", 1),
    batch: whole("batch", 1),
    samples: whole("samples", 1),
    seed: whole("seed", 0),
    source: expected("source", "gaussian or cube", (v) => v === "gaussian" || v === "cube"),
    chi2: expected("chi2", "a number above 0", (v) => typeof v === "number" && v > 0),
  };
}
