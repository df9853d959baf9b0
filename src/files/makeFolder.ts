import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes the folder `path` and those above it, where they are missing. Returns those that were
 * missing, the topmost first.
 *
 * Node 20's own `mkdirSync` with `recursive` never returns where a parent exists but can hold
 * nothing, such as /proc or a dangling link; this function walks up the path once and down once.
 *
 * @throws Error naming `path` and the cause.
 */
export function makeFolder(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) {
    missing.push(at);
    if (dirname(at) === at) break;
  }
  try {
    for (const folder of missing.reverse()) {
      try {
        mkdirSync(folder);
      } catch (error) {
        // Another process may have made it in the meantime.
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
    if (!statSync(path).isDirectory()) throw new Error("a file of that name is there");
    return missing;
  } catch (error) {
    throw new Error(`folder: cannot make ${path}: ${(error as Error).message}`, { cause: error });
  }
}
