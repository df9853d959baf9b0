import { host } from "./host.ts";

/**
 * Resolves in another turn of the event loop, after the events that wait: by a message, since
 * browsers hold timers that follow one another 4 ms apart.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new host.MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
