// What ranges need besides their numbers, at the coordinator: see `borrowing.ts` for workers.
import { sha256 } from "../files/sha256.ts";
import { encodeMessage, piecesOf, readNeed, SUBJECT, WINDOW } from "./messages.ts";
import type { Messenger } from "./messenger.ts";
import { Parts } from "./parts.ts";
import { encodeParts, type Value } from "./values.ts";

/** Several workers ask for the same bytes at once: a request so soon after another is answered. */
const SOON_MS = 20;
/** Windows that may be on their way at once: whoever lacks another asks again. */
const MOST_UNDER_WAY = 16;

/**
 * The coordinator's blobs: targets, samples, heights and parameters. Each is named by the sha256 of
 * its bytes, so that it travels once and can be taken from anywhere.
 */
export class Lending {
  readonly #messenger: Messenger;
  readonly #subject: string;
  readonly #held = new Map<string, { readonly bytes: Parts; users: number }>();
  readonly #sent = new Map<string, number>();
  readonly #stop: () => void;
  #underWay = 0;

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
    const parts = encodeParts(value);
    const digest = sha256(...parts);
    const known = this.#held.get(digest);
    if (known === undefined) this.#held.set(digest, { bytes: new Parts(parts), users: 1 });
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
    if (bytes === undefined || at >= bytes.length || this.#underWay === MOST_UNDER_WAY) return;
    const [now, window] = [performance.now(), `${digest} ${at}`];
    for (const [key, then] of this.#sent) if (now - then > SOON_MS) this.#sent.delete(key);
    if (this.#sent.has(window)) return;
    this.#sent.set(window, now);
    const to = Math.min(bytes.length, at + WINDOW);
    for (const piece of piecesOf(bytes, this.#messenger.mostBytes, at, to)) {
      this.#messenger.publish(this.#subject, encodeMessage({ digest, ...piece }));
    }
    this.#underWay++;
    void this.#messenger.flush().then(() => this.#underWay--);
  }
}
