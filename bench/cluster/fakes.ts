// Workers that count nothing, in a process of their own: each takes ranges as a worker does, waits,
// and answers with counts that were made before. Its one argument is a `Fakes` as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import type { Identity } from "../../src/cluster/identity.ts";
import {
  encodeMessage,
  newId,
  piecesOf,
  readBlobPiece,
  readTask,
  SUBJECT,
  type Task,
} from "../../src/cluster/messages.ts";
import { connectNats } from "../../src/cluster/nats.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { answerOf } from "./recorded.ts";

export interface Fakes {
  readonly server: string;
  readonly workers: number;
  readonly targets: number;
  readonly dense: boolean;
  /** Greatest time in milliseconds that an answer takes; each takes a random share of it. */
  readonly latency: number;
  /** Share of the answers that are lost. */
  readonly lose: number;
  readonly identity: Identity;
}

const AGAIN_MS = 500;

async function fake(given: Fakes, number: number): Promise<void> {
  const { server, identity, latency, lose, targets, dense } = given;
  const messenger = await connectNats({ server, name: `fake ${number}` });
  const worker = newId();
  const random = hostRandom(number, 0);
  const want = encodeMessage({ worker, name: `fake ${number}`, identity: { ...identity } as never });
  /** Bytes of the heights that came so far, in their order. */
  const held = new Map<string, number>();
  const whole = new Set<string>();
  const waiting = new Map<string, () => void>();
  let again: NodeJS.Timeout | undefined;
  let run = "";
  let last = performance.now();

  const join = (next: string): void => {
    if (run === next) return;
    run = next;
    messenger.listen(SUBJECT.piece(run), (message) => {
      const piece = readBlobPiece(message);
      // As a worker does: what comes unasked is taken from its first byte on.
      if (piece?.at === 0 && !held.has(piece.digest)) {
        held.clear();
        held.set(piece.digest, 0);
      }
      const before = piece && held.get(piece.digest);
      if (piece === undefined || before === undefined) return;
      again?.refresh();
      if (piece.at !== before) return;
      held.set(piece.digest, before + piece.bytes.length);
      if (before + piece.bytes.length === piece.size) {
        whole.add(piece.digest);
        waiting.get(piece.digest)?.();
      }
    });
  };
  /** Until all of the heights came. */
  const fetch = async (digest: string): Promise<void> => {
    if (whole.has(digest)) return;
    const isComing = held.has(digest);
    if (!isComing) held.set(digest, 0);
    const arrived = new Promise<void>((resolve) => waiting.set(digest, resolve));
    const ask = (): void =>
      messenger.publish(SUBJECT.need(run), encodeMessage({ digest, at: held.get(digest) as number }));
    again = setInterval(ask, AGAIN_MS);
    if (!isComing) ask();
    await arrived;
    clearInterval(again);
    waiting.delete(digest);
  };
  const answer = async (task: Task): Promise<void> => {
    last = performance.now();
    join(task.run);
    await fetch(task.heights);
    if (latency > 0) await sleep(latency * random.uniform());
    if (random.uniform() >= lose) {
      const bytes = answerOf(targets, task.draw.count, dense);
      for (const piece of piecesOf(bytes, messenger.mostBytes)) {
        messenger.publish(SUBJECT.answer(task.run), encodeMessage({ worker, number: task.number, ...piece }));
      }
    }
    last = performance.now();
    messenger.publish(SUBJECT.want, want);
  };
  messenger.listen(SUBJECT.to(worker), (message) => {
    const task = readTask(message);
    if (task?.kind === "task") void answer(task);
  });
  setInterval(() => {
    if (performance.now() - last > AGAIN_MS) messenger.publish(SUBJECT.want, want);
  }, AGAIN_MS);
  messenger.publish(SUBJECT.want, want);
  void messenger.lost.then((error) => {
    throw error;
  });
}

const given = JSON.parse(process.argv[2] as string) as Fakes;
await Promise.all(Array.from({ length: given.workers }, (_, number) => fake(given, number)));
process.send?.("ready");
process.once("disconnect", () => process.exit(0));
