import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { homeFolder } from "../files/homeFolder.ts";
import { makeFolder } from "../files/makeFolder.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import type { Tuning } from "../tensor/diagnostics/autotune.ts";
import { isRecord, isTuning, type TuningCache } from "./tunings.ts";

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

/** A cache that answers at once. */
interface TuningFile extends TuningCache {
  read(key: string): Tuning | undefined;
  write(key: string, tuning: Tuning): boolean;
}

/** The cache in the file kernels.json of `folder`; without a folder it keeps nothing. */
export function tuningCache(folder: string | undefined): TuningFile {
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
