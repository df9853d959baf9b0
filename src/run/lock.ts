// The lock of a run's folder: of all processes, on this machine and on others that share the
// folder, one at a time may write into it.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join, resolve, sep } from "node:path";
import { guardWrites } from "../files/atomicWrite.ts";
import { type Signal, throwIfAborted } from "../kernels/signal.ts";
import { type Identity, isRunning, ownIdentity } from "./identity.ts";
import { RunDirectoryError } from "./runDirectory.ts";

export const FILE = "run.lock";
/** Names of claims. What a killed process leaves of one is a temporary file like all others. */
const CLAIM = /^\.run\.lock\.\d+\.[0-9a-f]{8}\.tmp$/;

/**
 * Whether a file of a folder is a lock or a claim to one. A process that was killed before it wrote
 * anything else leaves them; who locks the folder takes them over.
 */
export const isLock = (name: string): boolean => name === FILE || CLAIM.test(name);

/** Milliseconds between two signs of life of a process that holds a lock. */
export const BEAT_MS = 5000;
/**
 * How long a lock must show no sign of life before it is taken from a process that cannot be asked.
 */
export const SILENT_MS = 50_000;
/** How long the process that took it waits then before it writes. */
export const GRACE_MS = 10_000;
const LOOK_MS = 500; // between two looks at a silent lock
const MOST_BYTES = 4096; // of a lock
const TRIES = 10; // attempts among processes that claim the folder at the same moment

/** The holder that is named in a lock. */
interface Holder extends Identity {
  /** Differs from that of every other lock. */
  readonly nonce: string;
}

/** A folder that is held. */
export interface Lock {
  /** RunDirectoryError unless the folder is still held; called before each write into it. */
  check(): void;
  /** Lets the folder go. It may be called again. */
  release(): Promise<void>;
}

/** The processes, clocks and chances around a lock; a test passes its own. */
export interface World {
  readonly self: Identity;
  isRunning(process: Identity): boolean;
  /** Eight hexadecimal digits, new ones at each call. */
  nonce(): string;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Calls `f` every so many milliseconds until the returned function is called. */
  every(ms: number, f: () => void): () => void;
  /** Awaited between operations on files, where a test lets other processes come between them. */
  turn(): Promise<void>;
}

export interface LockOptions {
  /** Is told, in one line, of a wait. */
  readonly tell?: (line: string) => void;
  /** Once it is aborted, a wait ends with its reason. */
  readonly signal?: Signal | undefined;
}

/**
 * Takes the run's folder for this process and returns what lets it go. A lock whose process has
 * ended counts for nothing: where the process can be asked, because it has or had the same process
 * namespace since the same boot, at once, and else after a minute without a sign of life, of which
 * a holder gives one every five seconds. While it is held, every file that `writeFileAtomic` writes
 * into the folder is preceded by a look at the lock.
 *
 * Two processes never both go on if (1) a file that one of them creates is seen by the others when
 * they list the folder, as on all local file systems, and (2) a process that cannot be asked is
 * never stopped, as by a debugger or a sleeping machine, for more than ten seconds between its look
 * and the rename that follows. Where (1) fails for a while, as on network file systems that keep
 * lists of names, two may begin, and the one whose lock was replaced ends before its next file.
 *
 * @throws RunDirectoryError when another process holds it.
 */
export async function lockRun(folder: string, options: LockOptions = {}): Promise<() => Promise<void>> {
  const lock = await takeLock(folder, options, realWorld());
  const inside = resolve(folder) + sep;
  const free = guardWrites((path) => {
    if (resolve(path).startsWith(inside)) lock.check();
  });
  return async () => {
    free();
    await lock.release();
  };
}

const realWorld = (): World => ({
  self: ownIdentity(),
  isRunning,
  nonce: () => randomBytes(4).toString("hex"),
  now: () => performance.now(),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  every(ms, f) {
    const timer = setInterval(f, ms).unref();
    return () => clearInterval(timer);
  },
  turn: () => Promise.resolve(),
});

/**
 * `lockRun` without the look before each file.
 *
 * The content of run.lock names the one process that may write. It changes hands by the rename of a
 * claim, which is a file of the new holder with a name of its own. Who claims lists the claims of
 * others afterwards and goes on only where there are none: of two, the later one sees the other's
 * claim, or run.lock as the other left it. So no two replace the same lock, and since no name is
 * used twice, what an ended process left is removed without harm to another.
 *
 * A holder that only seemed to have ended finds at its next look that it is no longer named. What
 * it had looked at before ends within the grace that the new holder waits.
 */
export async function takeLock(folder: string, options: LockOptions, world: World): Promise<Lock> {
  try {
    return await new Locking(folder, options, world).take();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new RunDirectoryError(`run: cannot lock the folder ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

/** How a process comes to hold a folder. */
class Locking {
  readonly #folder: string;
  readonly #path: string;
  readonly #world: World;
  readonly #options: LockOptions;

  constructor(folder: string, options: LockOptions, world: World) {
    this.#folder = folder;
    this.#path = join(folder, FILE);
    this.#world = world;
    this.#options = options;
  }

  async take(): Promise<Lock> {
    for (let tries = 1; ; ) {
      const found = read(this.#path);
      const state = found === undefined ? "ended" : await this.#judge(this.#path, found);
      if (state === "runs") throw this.#busy(found);
      const own: Holder = { ...this.#world.self, nonce: this.#world.nonce() };
      const rivals = await this.#claim(own, found);
      if (rivals === undefined) return this.#hold(own, state === "silent" ? GRACE_MS : 0);
      for (const rival of rivals) {
        const text = read(rival);
        if (text === undefined) continue;
        if ((await this.#judge(rival, text)) !== "runs") rmSync(rival, { force: true });
        else if (tries++ === TRIES) throw this.#busy(text);
      }
      // Rivals wait differently long, so that one of them comes first.
      await this.#wait(Number.parseInt(own.nonce.slice(0, 2), 16) / 4);
    }
  }

  /** Replaces the lock `found`; where that may not be, the claims of others, if there are any. */
  async #claim(own: Holder, found: string | undefined): Promise<readonly string[] | undefined> {
    const name = `.${FILE}.${own.pid}.${own.nonce}.tmp`;
    const claim = join(this.#folder, name);
    try {
      writeFileSync(claim, textOf(own, 0), { flag: "wx" });
      await this.#world.turn();
      const rivals = readdirSync(this.#folder).filter((other) => CLAIM.test(other) && other !== name);
      if (rivals.length > 0) return rivals.map((rival) => join(this.#folder, rival));
      await this.#world.turn();
      if (read(this.#path) !== found) return [];
      await this.#world.turn();
      renameSync(claim, this.#path);
      return undefined;
    } catch (error) {
      // Another took the claim, which showed no sign of life, for one of an ended process.
      if ((error as NodeJS.ErrnoException).code === "ENOENT" && existsSync(this.#folder)) return [];
      throw error;
    } finally {
      rmSync(claim, { force: true });
    }
  }

  /** Whether the process that wrote a lock or a claim is running. */
  async #judge(file: string, text: string): Promise<"runs" | "ended" | "silent"> {
    const holder = parse(text);
    const isLock = file === this.#path;
    if (holder === undefined && isLock) return "ended"; // no process writes such a lock
    const { self } = this.#world;
    if (holder !== undefined && self.space !== "" && holder.space === self.space) {
      return this.#world.isRunning(holder) ? "runs" : "ended";
    }
    const seconds = (SILENT_MS + GRACE_MS) / 1000;
    if (isLock) {
      this.#options.tell?.(
        `${file}: ${nameOf(holder)} cannot be asked from here; the folder is taken after ${seconds} s without a sign of life`,
      );
    }
    for (const end = this.#world.now() + SILENT_MS; this.#world.now() < end; ) {
      await this.#wait(LOOK_MS);
      const now = read(file);
      if (now !== text) return now === undefined ? "ended" : "runs";
    }
    return "silent";
  }

  /** Gives signs of life from now on, and returns after the grace if the folder is still held. */
  async #hold(own: Holder, grace: number): Promise<Lock> {
    const [path, folder, world] = [this.#path, this.#folder, this.#world];
    const isOwn = (text: string | undefined): boolean => text !== undefined && parse(text)?.nonce === own.nonce;
    let beats = 0;
    const stop = world.every(BEAT_MS, () => rewrite(path, isOwn, textOf(own, ++beats)));
    const lock: Lock = {
      check() {
        const text = read(path);
        if (isOwn(text)) return;
        const other = text === undefined ? "nothing" : nameOf(parse(text));
        throw new RunDirectoryError(
          `run: expected this process in ${path}, got ${other}; ${folder} was taken over, and this run ends`,
        );
      },
      async release() {
        stop();
        try {
          if (!isOwn(read(path))) return;
          await world.turn();
          rmSync(path, { force: true });
        } catch {
          // The lock of an ended process counts for nothing.
        }
      },
    };
    try {
      for (const end = world.now() + grace; world.now() < end; ) await this.#wait(LOOK_MS);
      if (grace > 0) lock.check();
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #wait(ms: number): Promise<void> {
    await this.#world.sleep(ms);
    throwIfAborted(this.#options.signal);
  }

  #busy(text = ""): RunDirectoryError {
    return new RunDirectoryError(
      `run: expected no other run in ${this.#folder}, got ${nameOf(parse(text))}; wait for it, or end it`,
    );
  }
}

/** All texts of one holder have the same length, so that one is written over another. */
const textOf = (holder: Holder, beats: number): string =>
  JSON.stringify({ ...holder, beats: String(beats).padStart(9, "0") });

/** The holder that a text names; undefined for a text that no process writes. */
function parse(text: string): Holder | undefined {
  try {
    const { pid, host, space, started, nonce } = JSON.parse(text) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || ![host, space, started, nonce].every((each) => typeof each === "string")) {
      return undefined;
    }
    return { pid, host, space, started, nonce } as Holder;
  } catch {
    return undefined;
  }
}

const nameOf = (holder: Holder | undefined): string =>
  holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host}`;

/** The text of a lock or a claim; undefined where there is none, empty for what cannot be one. */
function read(path: string): string | undefined {
  try {
    const stat = lstatSync(path);
    return stat.isFile() && stat.size <= MOST_BYTES ? readFileSync(path, "utf8") : "";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Writes over a file, if its text is the process's own. The file that was read is the one that is
 * written, even if another takes its name in between.
 */
function rewrite(path: string, isOwn: (text: string) => boolean, text: string): void {
  let file: number | undefined;
  try {
    file = openSync(path, "r+");
    if (isOwn(readFileSync(file, "utf8"))) writeSync(file, text, 0);
  } catch {
    // A sign of life that could not be given is like none.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
