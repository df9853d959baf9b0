import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { homeFolder } from "../files/homeFolder.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import { FAMILIES, type KernelConfig } from "../kernels/family.ts";
import type { Measurement, TuneShape, Tuning } from "../tensor/diagnostics/autotune.ts";

/**
 * Measurements of kernels on adapters, by key, in one JSON file. It is only a cache: an entry that
 * cannot be read is measured again, and one that cannot be written is lost.
 */
export interface TuningCache {
  /** The file; undefined where there is no place for one. */
  readonly path: string | undefined;
  read(key: string): Tuning | undefined;
  /** Writes an entry; returns whether that succeeded. */
  write(key: string, tuning: Tuning): boolean;
}

const FORMAT = 1;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where this package may cache: $BRENIER_CACHE, else `brenier` in $XDG_CACHE_HOME or ~/.cache, in
 * ~/Library/Caches on macOS, in %LOCALAPPDATA% on Windows. Undefined for a user without a home.
 */
export function cacheFolder(
  env: Environment,
  platform: string = process.platform,
  home: string = homeFolder() ?? "",
): string | undefined {
  const own = env["BRENIER_CACHE"];
  if (own !== undefined && own !== "") return own;
  const below = (...names: string[]): string | undefined => (home === "" ? undefined : join(home, ...names));
  if (platform === "darwin") return below("Library", "Caches", "brenier");
  if (platform === "win32") {
    return env["LOCALAPPDATA"] ? join(env["LOCALAPPDATA"], "brenier") : below("AppData", "Local", "brenier");
  }
  const xdg = env["XDG_CACHE_HOME"] ?? "";
  // the XDG base directory rules ignore relative paths
  return xdg.startsWith("/") ? join(xdg, "brenier") : below(".cache", "brenier");
}

/** The cache in the file kernels.json of `folder`; without a folder it keeps nothing. */
export function tuningCache(folder: string | undefined): TuningCache {
  if (folder === undefined) return { path: undefined, read: () => undefined, write: () => false };
  const path = join(folder, "kernels.json");
  return {
    path,
    read: (key) => readAll(path)[key],
    write(key, tuning) {
      try {
        makeFolder(folder);
        const text = JSON.stringify({ format: FORMAT, tunings: { ...readAll(path), [key]: tuning } }, undefined, 2);
        writeFileAtomic(path, encodeUtf8(`${text}\n`));
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** All entries of the file that have the form that `write` gives them. */
function readAll(path: string): Readonly<Record<string, Tuning>> {
  try {
    const file: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (!isRecord(file) || file["format"] !== FORMAT || !isRecord(file["tunings"])) return {};
    return Object.fromEntries(Object.entries(file["tunings"]).flatMap(([key, t]) => (isTuning(t) ? [[key, t]] : [])));
  } catch {
    return {};
  }
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && !Array.isArray(x);
const isListOf = <T>(x: unknown, is: (item: unknown) => item is T): x is readonly T[] =>
  Array.isArray(x) && x.every(is);
const isNumber = (x: unknown): x is number => typeof x === "number" && Number.isFinite(x) && x > 0;

const isKernels = (x: unknown): x is KernelConfig =>
  isRecord(x) &&
  FAMILIES.some((family) => family === x["family"]) &&
  (x["tile"] === undefined ||
    (isRecord(x["tile"]) && ["m", "n", "k", "rows", "columns"].every((side) => isNumber((x["tile"] as never)[side]))));

const isShape = (x: unknown): x is TuneShape =>
  isRecord(x) && [x["m"], x["n"], x["k"]].every(isNumber) && typeof x["transposed"] === "boolean";

const isMeasurement = (x: unknown): x is Measurement =>
  isRecord(x) &&
  isKernels(x["kernels"]) &&
  isListOf(x["gflops"], isNumber) &&
  (x["problem"] === undefined || typeof x["problem"] === "string");

const isTuning = (x: unknown): x is Tuning =>
  isRecord(x) && isKernels(x["kernels"]) && isListOf(x["shapes"], isShape) && isListOf(x["measured"], isMeasurement);
