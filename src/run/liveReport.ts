import { readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { askGuards, writeFileAtomic } from "../files/atomicWrite.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import type { File, Missed, Progress as Place, ReportData, State } from "../report/data.ts";
import { renderReport } from "../report/page.ts";
import { isCheckpoint } from "./checkpoints.ts";
import { FILE as LOCK } from "./lock.ts";
import type { Progress } from "./progress.ts";

/** The file of the report in the folder of a run. */
export const REPORT = "report.html";

const INTERVAL_MS = 10_000;
/** A report is written so rarely that it takes at most one part in this many of the time. */
const LEAST_SHARE = 100;
const MOST_LINES = 200;

/** What a report says of the run itself; the rest is gathered by the command. */
export type Gathered = Omit<ReportData, "name" | "state" | "written" | "progress" | "lines" | "files">;

/** How a run ended: nothing where all is well. */
export interface Ending {
  readonly state: Exclude<State, "running">;
  readonly missed?: Missed;
  /** The name of a file that is written right after the report. */
  readonly next?: string;
}

/**
 * The report of a run while it goes on, a function of what lies in the run's folder and of what
 * `gather` knows. It listens to the run's progress and is written anew at most every ten seconds,
 * and at the end. A run does not depend on it: a report that cannot be written is told of once.
 */
export class LiveReport {
  /** The progress to be given to the run, which goes on to the user as well. */
  readonly progress: Progress;
  readonly #folder: string;
  readonly #user: Progress;
  readonly #gather: () => Gathered;
  readonly #lines: string[] = [];
  #place: Place | undefined;
  #due = Number.NEGATIVE_INFINITY;
  #isLost = false;

  constructor(folder: string, user: Progress, gather: () => Gathered) {
    this.#folder = folder;
    this.#user = user;
    this.#gather = gather;
    this.progress = {
      update: (done, total, text) => {
        user.update(done, total, text);
        this.#look({ text, done, total });
      },
      begin: (text) => {
        user.begin(text);
        this.#look({ text, done: 0, total: 0 });
      },
      end: (text) => {
        user.end(text);
        this.#lines.push(text);
        if (this.#lines.length > MOST_LINES) this.#lines.shift();
        this.#look(undefined);
      },
    };
  }

  #look(place: Place | undefined): void {
    this.#place = place;
    if (performance.now() >= this.#due) this.write();
  }

  /** Writes the report, of a run that goes on where no ending is given. */
  write(ending?: Ending): void {
    const path = join(this.#folder, REPORT);
    askGuards(path);
    const begin = performance.now();
    try {
      const gathered = this.#gather();
      const data: ReportData = {
        ...gathered,
        name: basename(resolve(this.#folder)),
        state: ending?.state ?? "running",
        written: Date.now(),
        progress: this.#place,
        missed: [...gathered.missed, ...(ending?.missed === undefined ? [] : [ending.missed])],
        lines: this.#lines,
        files: filesIn(this.#folder, ending?.next),
      };
      writeFileAtomic(path, encodeUtf8(renderReport(data)));
    } catch (error) {
      this.lost(error);
    }
    const now = performance.now();
    this.#due = now + Math.max(INTERVAL_MS, LEAST_SHARE * (now - begin));
  }

  /** Tells the user once that the report, or a part of it, is not to be had. */
  protected lost(error: unknown): void {
    if (!this.#isLost) this.#user.end(`${(error as Error).message}; the run goes on without its report`);
    this.#isLost = true;
  }

  /** Does work that only the report needs, and that therefore may fail. */
  protected attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.lost(error);
    }
  }

  /**
   * Writes the last report of a run that an error ends, and tells the user where it is; `stopped`:
   * its user asked for the end.
   */
  fail(error: unknown, stopped: boolean): void {
    const cause = error instanceof Error ? error.message : String(error);
    const what = stopped ? "Stopped before its end" : "Failed";
    try {
      this.write({ state: stopped ? "stopped" : "failed", missed: { what, cause } });
      if (!this.#isLost) this.#user.end(`look at ${join(this.#folder, REPORT)}`);
    } catch {
      // The folder belongs to another run by now, and the error of this one is the one to report.
    }
  }
}

/** The files of a run that a reader may want to open, and the one that is written next. */
function filesIn(folder: string, next: string | undefined): readonly File[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => name !== LOCK && name !== REPORT && name !== next && !isCheckpoint(name));
  const sized = names.map((path) => ({ path, bytes: statSync(join(folder, path)).size }));
  const all = next === undefined ? sized : [...sized, { path: next, bytes: undefined }];
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}
