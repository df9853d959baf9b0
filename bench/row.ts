import type { Times } from "./measure.ts";

/** A peer's times, or the reason why it has none. */
export type PeerResult = { readonly shipped: Times; readonly napping: Times | null } | { readonly reason: string };

/** The measurements for one line of the table. */
export interface Row {
  readonly name: string;
  readonly shape: string;
  readonly times: Times | null;
  readonly flops?: number;
  readonly bytes?: number;
  /**
   * Peak flops or bytes per second of the device; `norm` is by CPU time, as in `Times`, and NaN
   * where this has no meaning.
   */
  readonly peak?: { readonly wall: number; readonly norm: number };
  readonly peers: Readonly<Record<string, PeerResult>>;
  readonly note?: string;
}

/** The machine on which everything ran. */
export interface Machine {
  readonly adapter: string;
  readonly family: string;
  /**
   * Whether the driver computes on the CPU. CPU time is then more reliable than wall time, and the
   * peak is shared with other processes.
   */
  readonly cpu: boolean;
  readonly processor: string;
  readonly cores: number;
  readonly load: readonly number[];
}

/** Flops or bytes per second, by the least wall time and by the CPU time. */
export function ratesOf({ flops, bytes, times }: Row): { readonly wall: number; readonly norm: number } | null {
  const amount = bytes ?? flops;
  if (amount === undefined || times === null) return null;
  return { wall: (1000 * amount) / times.min, norm: (1000 * amount) / times.norm };
}

/**
 * The rate of this library over the peak: both by CPU time where the driver runs on the CPU,
 * otherwise both by wall time.
 */
export function shareOf(row: Row, { cpu }: Pick<Machine, "cpu">): number | null {
  const rates = ratesOf(row);
  if (rates === null || row.peak === undefined) return null;
  const norm = rates.norm / row.peak.norm;
  return cpu && Number.isFinite(norm) ? norm : rates.wall / row.peak.wall;
}

/**
 * The least wall time of the best of the named peers, with its own way to wait, over that of this
 * library.
 */
export function ratioToBest({ times, peers }: Row, webgpu: ReadonlySet<string>): number | null {
  const walls = Object.entries(peers).flatMap(([name, result]) =>
    webgpu.has(name) && "shipped" in result ? [result.shipped.min] : [],
  );
  return times === null || walls.length === 0 ? null : Math.min(...walls) / times.min;
}
