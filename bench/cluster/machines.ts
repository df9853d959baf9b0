import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../root.ts";

export const { startNatsServer } = (await import(pathToFileURL(join(root, "scripts/nats-server.mjs")).href)) as {
  readonly startNatsServer: (options?: { readonly conf?: string }) => Promise<{
    readonly url: string;
    readonly pid: () => number | undefined;
    readonly remove: () => Promise<void>;
  }>;
};

/** Processor seconds of a process so far. */
export function busy(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Greatest resident memory of a process in bytes. */
export function peakMemory(pid: number): number {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
