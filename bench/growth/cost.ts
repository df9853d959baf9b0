// What work costs: time, and what went over the queue meanwhile.
import { readFileSync } from "node:fs";
import type { Gpu } from "../../src/index.ts";
import { cpuTime } from "../measure.ts";

/** Seconds. */
export interface Cost {
  readonly wall: number;
  /** CPU time of all threads, which a CPU driver's work is part of. */
  readonly cpu: number;
  /** CPU time of the main thread alone, which runs all JavaScript; NaN where unknown. */
  readonly host: number;
}

/** A clock that starts now; it tells the cost so far. */
export function clock(): () => Cost {
  const [wall, cpu, host] = [performance.now(), process.cpuUsage(), cpuTime().main];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      wall: (performance.now() - wall) / 1000,
      cpu: (user + system) / 1e6,
      host: (cpuTime().main - host) / 1000,
    };
  };
}

/** a + factor · b */
export const plus = (a: Cost, b: Cost, factor: number): Cost => ({
  wall: a.wall + factor * b.wall,
  cpu: a.cpu + factor * b.cpu,
  host: a.host + factor * b.host,
});

/** What went over the queue. */
export interface Traffic {
  dispatches: number;
  /** Bytes to the device and back. */
  up: number;
  down: number;
}

/** Counts what goes over the queue from now on. */
export function traffic(gpu: Gpu): Traffic {
  const all = { dispatches: 0, up: 0, down: 0 };
  gpu.onCommand = (command) => {
    if (command.kind === "dispatch") all.dispatches++;
    else if (command.kind === "upload") all.up += command.values.byteLength;
    else if (command.kind === "download") all.down += command.buffer.bytes;
  };
  return all;
}

/** Bytes of resident memory of this process: now, and at most so far; NaN where unknown. */
export function resident(): { readonly now: number; readonly most: number } {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const of = (name: string): number => 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    return { now: of("VmRSS"), most: of("VmHWM") };
  } catch {
    return { now: process.memoryUsage.rss(), most: Number.NaN };
  }
}
