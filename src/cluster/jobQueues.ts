import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { type Queue, readQueue, SUBJECTS } from "./jobMessages.ts";
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

/** Answers those who ask, until the returned function is called. */
export function showQueue(connection: NatsConnection, queue: () => Queue): () => void {
  const callback = (error: Error | null, message: Msg): void => {
    if (error === null) message.respond(encodeValue(queue() as unknown as Value));
  };
  const subscription = connection.subscribe(SUBJECTS.queue, { callback });
  return () => subscription.unsubscribe();
}

const STATES = ["waiting", "running", "done", "failed"] as const;

/** A queue in lines: counts, who runs what, and what failed. */
export function queueLines({ title, lines }: Queue): readonly string[] {
  const counts = STATES.map((state) => `${lines.filter((line) => line.state === state).length} ${state}`);
  const shown = lines.filter(({ state }) => state === "running" || state === "failed");
  return [`${title}: ${counts.join(", ")}`, ...shown.map(({ file, state, text }) => `  ${state}  ${file}  ${text}`)];
}
