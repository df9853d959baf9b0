import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { type Line, MOST_TEXT, type Queue, readQueue, SUBJECTS } from "./jobMessages.ts";
import { encodeValue, type Value } from "./values.ts";

const WAIT_MS = 1000;
const MOST_QUEUES = 100;

/** The queues of all coordinators at a server. */
export async function queuesAt(connection: NatsConnection): Promise<readonly Queue[]> {
  const found: Queue[] = [];
  try {
    const answers = await connection.requestMany(SUBJECTS.queue, undefined, {
      maxWait: WAIT_MS,
      maxMessages: MOST_QUEUES,
    });
    for await (const { data } of answers) {
      const queue = readQueue(data);
      if (queue !== undefined) found.push(queue);
    }
  } catch {
    return found; // nobody is there to answer
  }
  return found;
}

const STATES = ["waiting", "running", "done", "failed"] as const;

/** Answers those who ask, until the returned function is called. */
export function showQueue(
  connection: NatsConnection,
  about: Pick<Queue, "set" | "title">,
  lines: () => readonly Line[],
): () => void {
  const callback = (error: Error | null, message: Msg): void => {
    if (error === null) message.respond(encodeQueue(about, lines(), connection.info?.max_payload ?? 0));
  };
  const subscription = connection.subscribe(SUBJECTS.queue, { callback });
  return () => subscription.unsubscribe();
}

/** A queue in a message of at most so many bytes. */
function encodeQueue(about: Pick<Queue, "set" | "title">, all: readonly Line[], mostBytes: number): Uint8Array {
  const counts = STATES.map((state) => `${all.filter((line) => line.state === state).length} ${state}`).join(", ");
  let lines = all
    .filter(({ state }) => state === "running" || state === "failed")
    .map((line) => ({ ...line, text: line.text.slice(0, MOST_TEXT) }));
  for (;;) {
    const bytes = encodeValue({ ...about, counts, lines } satisfies Queue as unknown as Value);
    if (bytes.length <= mostBytes || lines.length === 0) return bytes;
    lines = lines.slice(0, lines.length >> 1);
  }
}

/** A queue in lines: counts, who runs what, and what failed. */
export const queueLines = ({ title, counts, lines }: Queue): readonly string[] => [
  `${title}: ${counts}`,
  ...lines.map(({ file, state, text }) => `  ${state}  ${file}  ${text}`),
];
