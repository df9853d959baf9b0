// What ranges need besides their numbers, at a worker: see `lending.ts` for the coordinator.
import { host } from "../adapter/web/host.ts";
import { DataError } from "../formats/error.ts";
import { Assembly, type BlobPiece, encodeMessage, readBlobPiece, SUBJECT, WINDOW } from "./messages.ts";
import type { Messenger } from "./messenger.ts";
import { sha256Of } from "./sha256Of.ts";

/** Bytes that a worker keeps for ranges to come. */
const KEPT_BYTES = 2_147_483_648;
/** Pieces of the same bytes that were sent twice may have been mixed up once. */
const MOST_WRONG = 2;

interface Wanted {
  readonly run: string;
  assembly: Assembly;
  /** Until all bytes that came were compared with the name. */
  compared: Promise<void>;
  /** How often they were not those of the name. */
  wrong: number;
  /** Where the pieces that were asked for end. */
  until: number;
  /** Goes on once they are there. */
  arrived: () => void;
  /** Puts off asking again, since something came. */
  heard: () => void;
  /** Whether it comes without having been asked for. */
  isPushed: boolean;
}

const nothing = (): void => undefined;
const wantedOf = (run: string, isPushed: boolean): Wanted => ({
  run,
  assembly: new Assembly(),
  compared: Promise.resolve(),
  wrong: 0,
  until: WINDOW,
  arrived: nothing,
  heard: nothing,
  isPushed,
});

/** A worker's blobs. */
export class Borrowing {
  readonly #messenger: Messenger;
  readonly #againMs: number;
  readonly #kept = new Map<string, Uint8Array>();
  readonly #wanted = new Map<string, Wanted>();
  readonly #runs = new Map<string, () => void>();

  constructor(messenger: Messenger, againMs: number) {
    this.#messenger = messenger;
    this.#againMs = againMs;
  }

  /**
   * The bytes of a name, or undefined where the coordinator of the run has stopped sending them:
   * the range that needed them is then over. DataError where it sends others.
   */
  async get(run: string, digest: string): Promise<Uint8Array | undefined> {
    const known = this.#kept.get(digest);
    if (known !== undefined) {
      this.#keep(digest, known); // as the latest
      return known;
    }
    this.#join(run);
    const wanted = this.#wanted.get(digest) ?? wantedOf(run, false);
    this.#wanted.set(digest, wanted);
    for (let tries = 0; tries < 4; tries++) {
      const before = wanted.assembly.held;
      const isComing = wanted.isPushed && before < WINDOW;
      wanted.isPushed = false;
      if (!isComing) wanted.until = before + WINDOW;
      const arrived = this.#arrival(wanted);
      if (!isComing) this.#messenger.publish(SUBJECT.need(run), encodeMessage({ digest, at: before }));
      await arrived;
      await wanted.compared;
      const bytes = this.#kept.get(digest);
      if (bytes !== undefined) return bytes;
      if (wanted.wrong === MOST_WRONG) {
        this.#wanted.delete(digest);
        throw new DataError(`cluster: expected bytes whose sha256 is ${digest}, got others ${MOST_WRONG} times`);
      }
      if (wanted.assembly.held > before) tries = -1;
    }
    this.#wanted.delete(digest);
    return undefined;
  }

  /** Until what was asked for is there, or nothing came for a while. */
  async #arrival(wanted: Wanted): Promise<void> {
    let timer: unknown;
    await new Promise<void>((resolve) => {
      wanted.arrived = resolve;
      wanted.heard = () => {
        host.clearTimeout(timer);
        timer = host.setTimeout(resolve, this.#againMs);
      };
      wanted.heard();
    });
    host.clearTimeout(timer);
    [wanted.arrived, wanted.heard] = [nothing, nothing];
  }

  close(): void {
    for (const stop of this.#runs.values()) stop();
  }

  /** Listens to a run's pieces; of earlier runs the last three are still heard. */
  #join(run: string): void {
    if (this.#runs.has(run)) return;
    const stop = this.#messenger.listen(SUBJECT.piece(run), (message) => {
      const piece = readBlobPiece(message);
      const wanted = piece && (this.#wanted.get(piece.digest) ?? this.#expect(run, piece));
      if (piece === undefined || wanted === undefined || wanted.run !== run) return;
      wanted.heard(); // others may have asked for later ones first
      const bytes = wanted.assembly.take(piece);
      if (bytes !== undefined) wanted.compared = this.#compare(piece.digest, bytes, wanted);
      else if (wanted.assembly.held >= wanted.until) wanted.arrived();
    });
    this.#runs.set(run, stop);
    for (const [old, end] of this.#runs) {
      if (this.#runs.size <= 4) break;
      end();
      this.#runs.delete(old);
    }
  }

  /** Keeps bytes that are those of their name. */
  async #compare(digest: string, bytes: Uint8Array, wanted: Wanted): Promise<void> {
    const isSame = (await sha256Of(bytes)) === digest;
    if (isSame) {
      this.#wanted.delete(digest);
      this.#keep(digest, bytes);
    } else {
      wanted.assembly = new Assembly();
      wanted.wrong++;
    }
    wanted.arrived();
  }

  /** The latest bytes that a coordinator sends unasked are taken: they are heights, as a rule. */
  #expect(run: string, { digest, at }: BlobPiece): Wanted | undefined {
    if (at !== 0 || this.#kept.has(digest)) return undefined;
    for (const [old, wanted] of this.#wanted) if (wanted.isPushed && wanted.run === run) this.#wanted.delete(old);
    const wanted = wantedOf(run, true);
    this.#wanted.set(digest, wanted);
    return wanted;
  }

  #keep(digest: string, bytes: Uint8Array): void {
    this.#kept.delete(digest);
    this.#kept.set(digest, bytes);
    let sum = 0;
    for (const each of this.#kept.values()) sum += each.length;
    for (const [old, each] of this.#kept) {
      if (sum <= KEPT_BYTES || old === digest) break;
      this.#kept.delete(old);
      sum -= each.length;
    }
  }
}
