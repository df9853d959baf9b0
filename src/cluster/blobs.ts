// What ranges need besides their numbers: targets, samples, heights and parameters. Each is named
// by the sha256 of its bytes, so that it travels once and can be taken from anywhere.
import { DataError } from "../formats/error.ts";
import { Assembly, type BlobPiece, encodeMessage, piecesOf, readBlobPiece, readNeed, SUBJECT } from "./messages.ts";
import type { Messenger } from "./messenger.ts";
import { Parts } from "./parts.ts";
import { encodeParts, type Value } from "./values.ts";

/** Bytes that are sent for one request, so that no reader falls behind. */
const WINDOW = 4_194_304;
/** Several workers ask for the same bytes at once: a request so soon after another is answered. */
const SOON_MS = 20;
/** Bytes that a worker keeps for ranges to come. */
const KEPT_BYTES = 2_147_483_648;
/** Pieces of the same bytes that were sent twice may have been mixed up once. */
const MOST_WRONG = 2;

/** The coordinator's blobs. */
export class Lending {
  readonly #messenger: Messenger;
  readonly #subject: string;
  readonly #held = new Map<string, { readonly bytes: Parts; users: number }>();
  readonly #sent = new Map<string, number>();
  readonly #stop: () => void;

  constructor(messenger: Messenger, run: string) {
    this.#messenger = messenger;
    this.#subject = SUBJECT.piece(run);
    this.#stop = messenger.listen(SUBJECT.need(run), (message) => {
      const need = readNeed(message);
      if (need !== undefined) this.#send(need.digest, need.at);
    });
  }

  /** Sends the first bytes before anyone asks. */
  push(digest: string): void {
    this.#send(digest, 0);
  }

  /** Lends a value until `release`, without a copy of it; the name of its bytes. */
  hold(value: Value): string {
    const bytes = new Parts(encodeParts(value));
    const { digest } = bytes;
    const known = this.#held.get(digest);
    if (known === undefined) this.#held.set(digest, { bytes, users: 1 });
    else known.users++;
    return digest;
  }

  release(digest: string): void {
    const known = this.#held.get(digest);
    if (known !== undefined && --known.users === 0) this.#held.delete(digest);
  }

  close(): void {
    this.#stop();
  }

  #send(digest: string, at: number): void {
    const bytes = this.#held.get(digest)?.bytes;
    if (bytes === undefined || at >= bytes.length) return;
    const [now, window] = [performance.now(), `${digest} ${at}`];
    for (const [key, then] of this.#sent) if (now - then > SOON_MS) this.#sent.delete(key);
    if (this.#sent.has(window)) return;
    this.#sent.set(window, now);
    const to = Math.min(bytes.length, at + WINDOW);
    for (const piece of piecesOf(bytes, this.#messenger.mostBytes, at, to)) {
      this.#messenger.publish(this.#subject, encodeMessage({ digest, ...piece }));
    }
  }
}

interface Wanted {
  readonly run: string;
  assembly: Assembly;
  /** How often all bytes were there and not those of the name. */
  wrong: number;
  /** Where the pieces that were asked for end. */
  until: number;
  /** Goes on once they are there. */
  arrived: () => void;
  /** Until it is time to ask again, since nothing came. */
  timer: NodeJS.Timeout | undefined;
  /** Whether it comes without having been asked for. */
  isPushed: boolean;
}

const wantedOf = (run: string, isPushed: boolean): Wanted => ({
  run,
  assembly: new Assembly(),
  wrong: 0,
  until: WINDOW,
  arrived: () => undefined,
  timer: undefined,
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
      const arrived = new Promise<void>((resolve) => {
        wanted.arrived = resolve;
      });
      if (!isComing) this.#messenger.publish(SUBJECT.need(run), encodeMessage({ digest, at: before }));
      const late = new Promise<void>((resolve) => {
        wanted.timer = setTimeout(resolve, this.#againMs);
      });
      await Promise.race([arrived, late]);
      clearTimeout(wanted.timer);
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
      wanted.timer?.refresh(); // others may have asked for later ones first
      const bytes = wanted.assembly.take(piece);
      if (bytes !== undefined && new Parts([bytes]).digest === piece.digest) {
        this.#wanted.delete(piece.digest);
        this.#keep(piece.digest, bytes);
      } else if (bytes !== undefined) {
        wanted.assembly = new Assembly();
        wanted.wrong++;
      }
      if (bytes !== undefined || wanted.assembly.held >= wanted.until) wanted.arrived();
    });
    this.#runs.set(run, stop);
    for (const [old, end] of this.#runs) {
      if (this.#runs.size <= 4) break;
      end();
      this.#runs.delete(old);
    }
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
