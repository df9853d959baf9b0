// What `--out` may name. One rule for all commands that make something new: a new file, or a new or
// empty folder. What exists is never overwritten.
import { accessSync, constants, lstatSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { makeFolder } from "../files/makeFolder.ts";
import { isLock } from "../run/lock.ts";
import { UsageError } from "./arguments.ts";

/** Names that people give to files and not to folders. */
const FILE_NAME =
  /\.(npy|npz|csv|tsv|txt|json|jsonl|safetensors|pt|h5|mat|png|jpe?g|gif|webp|avif|bmp|tiff?|svg|pdf|html?|mp4|zip|tar|gz)$/i;

/** UsageError when there is something at `out`, be it a link. */
function requireNothingAt(out: string): void {
  if (lstatSync(out, { throwIfNoEntry: false }) === undefined) return;
  throw new UsageError(`--out: expected a new file, got ${out}, which exists; remove it or choose another name`);
}

/** UsageError unless a new file can be made at `out`, in a folder that is there. */
export function requireNewFile(out: string): void {
  requireAccess(out, () => {
    requireNothingAt(out);
    return dirname(out);
  });
}

/**
 * UsageError unless a file can be written at `out`, in a folder that is there or can be made, and
 * unless nothing is there where it is to be new.
 */
export function requireReach(out: string, { isNew }: { readonly isNew: boolean }): void {
  requireAccess(out, () => {
    if (isNew) requireNothingAt(out);
    return parentOf(resolve(out));
  });
}

function requireAccess(out: string, folderOf: () => string): void {
  try {
    accessSync(folderOf(), constants.W_OK);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`--out: expected a path in a folder that can be written, got ${out} (${code ?? message})`);
  }
}

/**
 * UsageError unless `out` is an empty folder, but for a lock, or one of that name can be made. A
 * new folder may be named like a file only with a `/` at the end.
 *
 * @param expected all that the command can write.
 */
export function requireNewFolder(out: string, expected = "a new or empty folder"): void {
  try {
    const path = resolve(out);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) {
      if (FILE_NAME.test(out)) {
        throw new UsageError(`--out: expected ${expected}, got ${out}; for a folder of that name write ${out}/`);
      }
      accessSync(parentOf(path), constants.W_OK);
    } else {
      if (!found.isDirectory()) throw new UsageError(`--out: expected ${expected}, got the file ${out}`);
      if (!readdirSync(path).every(isLock)) {
        throw new UsageError(`--out: expected a new or empty folder, got ${out} with files in it; choose another`);
      }
      accessSync(path, constants.W_OK);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--out: cannot use the folder ${out}: ${(error as Error).message}; choose another`);
  }
}

/** The lowest folder above `path` that exists. */
function parentOf(path: string): string {
  const parent = dirname(path);
  if (lstatSync(parent, { throwIfNoEntry: false }) === undefined) return parentOf(parent);
  if (!statSync(parent).isDirectory()) throw new Error(`${parent} is a file`);
  return parent;
}

/**
 * Makes the folder `out`, with those above it, and does `work`. When that fails, the folders that
 * were made and are empty are removed again.
 *
 * @throws UsageError when there is something in the folder.
 */
export async function inNewFolder<T>(out: string, work: () => Promise<T>): Promise<T> {
  const made = makeFolder(out);
  requireNewFolder(out);
  try {
    return await work();
  } catch (error) {
    removeEmpty(made);
    throw error;
  }
}

/** Removes folders from the last to the first, up to one that is not empty. */
function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders.toReversed()) rmdirSync(folder);
  } catch {
    // The error that led here is the one to report.
  }
}
