import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { RunDirectoryError } from "./runDirectory.ts";

export const FILE = "run.lock";

/**
 * The process that holds a lock. Its number alone is not enough, since the system may have reused
 * the number.
 */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /**
   * Identifies the machine's boot and the process's start time since then; empty where the system
   * does not tell.
   */
  readonly started: string;
}

/**
 * Takes the run directory `folder` for this process, until the returned function is called or the
 * process ends in any way: the lock of a process that has ended is ignored.
 *
 * @throws RunDirectoryError when another process holds it.
 */
export function lockRun(folder: string): () => void {
  const path = join(folder, FILE);
  const temporary = join(folder, `.${FILE}.${process.pid}.tmp`);
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) } satisfies Holder);
  for (;;) {
    try {
      writeFileSync(temporary, own);
      linkSync(temporary, path); // atomic: the lock appears whole, if none exists
      return () => {
        if (read(path) === own) rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw new RunDirectoryError(`run: cannot lock the folder ${folder}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    } finally {
      rmSync(temporary, { force: true });
    }
    const found = read(path);
    if (found === undefined) continue; // the lock was just released
    const holder = parse(found);
    if (holder !== undefined && isAlive(holder)) {
      throw new RunDirectoryError(
        `run: expected no other run in ${folder}, got process ${holder.pid} on ${holder.host}; wait for it, or remove ${path} if it is no more`,
      );
    }
    takeAway(path, found);
  }
}

/**
 * Removes the lock of a process that has ended. Of several processes that try, one renames the
 * file; a process that renamed a new lock instead puts it back.
 */
function takeAway(path: string, expected: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    if (read(aside) !== expected) linkSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The holder named in a lock file; undefined for other text, which locks nothing. */
function parse(text: string): Holder | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Holder>;
    const good = Number.isSafeInteger(pid) && typeof host === "string" && typeof started === "string";
    return good ? { pid: pid as number, host, started } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the holder is running. True also where this is unknown: for a process on another machine
 * that shares the folder.
 */
function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startOf(pid);
  return started === "" || now === started;
}

/**
 * On Linux, the boot id and the process's start in ticks, or "dead" for a process that has ended
 * and was not yet reaped; elsewhere "".
 */
function startOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The process name before the last ")" may contain any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "dead" : `${boot} ${fields[19]}`;
  } catch {
    return "";
  }
}
