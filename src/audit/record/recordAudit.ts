import type { OpenedGpu } from "../../adapter/opened.ts";
import { versions } from "../../adapter/versions.ts";
import { checkOptions } from "../../kernels/options.ts";
import { measurePeak, type Peak } from "./peak.ts";
import { readHeader } from "./readRecord.ts";
import { FORMAT, type Level } from "./record.ts";
import { Recorder, type RecorderState } from "./recorder.ts";

/** Where a record goes and how much it holds. */
export interface AuditOptions {
  /** The folder of the run, which gets audit.jsonl and the folder audit. */
  readonly folder: string;
  /** How much the record holds. Default `commands`. */
  readonly level?: Level;
  /** Lines of numbered steps are written only for multiples of this number. Default 1. */
  readonly every?: number;
  /** Whether dispatches are timed where the device can. Default true. */
  readonly times?: boolean;
  /** The state from which the record in the folder continues. Default: a new record. */
  readonly state?: RecorderState;
}

/** How much a record holds by default. */
export const AUDIT_DEFAULTS: Required<Pick<AuditOptions, "level" | "every">> = { level: "commands", every: 1 };

const peaks = new WeakMap<OpenedGpu, Promise<Peak>>();

/** The adapter's peak, measured once. */
function peakOf(gpu: OpenedGpu): Promise<Peak> {
  const peak = peaks.get(gpu) ?? measurePeak(gpu.queue(), gpu.adapter.cpu);
  peaks.set(gpu, peak);
  return peak;
}

/**
 * Begins a record of everything that `gpu` does, in a folder, which is made where it is missing.
 * The adapter's peak is measured first, on a queue of its own, unless the record goes on.
 * RangeError for a wrong `every`; Error when a record exists already, or when there is none to
 * continue.
 */
export async function recordAudit(gpu: OpenedGpu, options: AuditOptions): Promise<Recorder> {
  checkOptions("recordAudit", options, ["folder", "level", "every", "times", "state"]);
  const { folder, level, every, times = true, state } = { ...AUDIT_DEFAULTS, ...options };
  if (!Number.isSafeInteger(every) || every < 1) {
    throw new RangeError(`audit: expected \`every\` as an integer of at least 1, got ${every}`);
  }
  if (state !== undefined) return new Recorder(gpu, { folder, header: readHeader(folder), state });
  const header = {
    format: FORMAT,
    adapter: { ...gpu.adapter },
    kernels: { ...gpu.choice.kernels },
    versions: versions(),
    level,
    every,
    times: times && gpu.features.has("timestamp-query"),
    peak: await peakOf(gpu),
  } as const;
  return new Recorder(gpu, { folder, header });
}
