import type { Times } from "./measure.ts";

/** A peer's times, or why it has none. */
export type PeerResult = { readonly shipped: Times; readonly napping: Times | null } | { readonly reason: string };

/** What was measured for one line of the table. */
export interface Row {
  readonly name: string;
  readonly shape: string;
  readonly times: Times | null;
  readonly flops?: number;
  readonly bytes?: number;
  /**
   * Flops or bytes per second of the device at most; `norm` as in `Times`, NaN where it means
   * nothing.
   */
  readonly peak?: { readonly wall: number; readonly norm: number };
  readonly peers: Readonly<Record<string, PeerResult>>;
  readonly note?: string;
}

/** On what everything ran. */
export interface Machine {
  readonly adapter: string;
  readonly family: string;
  /**
   * The driver computes on the CPU: CPU time tells more than wall time, and the peak is shared with
   * other processes.
   */
  readonly cpu: boolean;
  readonly processor: string;
  readonly cores: number;
  readonly load: readonly number[];
}

/** Per second, from the least wall time and from the CPU time. */
export function ratesOf({ flops, bytes, times }: Row): { readonly wall: number; readonly norm: number } | null {
  const amount = bytes ?? flops;
  if (amount === undefined || times === null) return null;
  return { wall: (1000 * amount) / times.min, norm: (1000 * amount) / times.norm };
}

/**
 * Ours over the peak: both from CPU time where the driver runs on the CPU, else both from wall
 * time.
 */
export function shareOf(row: Row, { cpu }: Pick<Machine, "cpu">): number | null {
  const rates = ratesOf(row);
  if (rates === null || row.peak === undefined) return null;
  const norm = rates.norm / row.peak.norm;
  return cpu && Number.isFinite(norm) ? norm : rates.wall / row.peak.wall;
}

/** The least wall time of the best of the named peers, as shipped, over ours. */
export function ratioToBest({ times, peers }: Row, webgpu: ReadonlySet<string>): number | null {
  const walls = Object.entries(peers).flatMap(([name, result]) =>
    webgpu.has(name) && "shipped" in result ? [result.shipped.min] : [],
  );
  return times === null || walls.length === 0 ? null : Math.min(...walls) / times.min;
}
