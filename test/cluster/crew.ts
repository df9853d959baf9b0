// A coordinator and its workers in one process, and what they count in the tests of this folder.
import type { Identity } from "../../src/cluster/identity.ts";
import { Lead, type LeadOptions } from "../../src/cluster/lead.ts";
import { work } from "../../src/cluster/work.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import type { DeviceCells } from "../../src/ot/cells/counter.ts";
import type { Points } from "../../src/ot/points.ts";
import { createProblem, gatherForDevice } from "../../src/ot/problem.ts";
import type { Source } from "../../src/ot/source.ts";
import { normals } from "../ot/instances.ts";
import { testEngine } from "../support/device.ts";
import { type Chances, Wire } from "./wire.ts";

export const gpu = await testEngine();
const adapter = { name: "a", vendor: "b", architecture: "c", device: "d", driver: "e", cpu: true };
export const IDENTITY: Identity = {
  brenier: "1",
  webgpu: "2",
  adapter,
  choice: { kernels: { family: "f" }, by: "adapter" },
  probe: "0",
};
export const AGAIN = 30;

export interface Crew {
  readonly lead: Lead;
  readonly wire: Wire;
  readonly said: string[];
  /** Starts a worker; the returned function stops it in the middle, without a word. */
  readonly hire: (identity?: Identity, open?: (targets: Points, source: Source) => DeviceCells) => () => void;
}

/** A coordinator and so many workers, until `body` ends. */
export async function crew<T>(
  {
    workers = 1,
    seed = 1,
    chances,
    ...options
  }: Partial<LeadOptions> & { workers?: number; seed?: number; chances?: Chances },
  body: (crew: Crew) => Promise<T>,
): Promise<T> {
  const wire = new Wire(seed, chances);
  const said: string[] = [];
  const lead = new Lead(wire.open(100_000), {
    version: "1",
    patience: 300,
    say: (line) => void said.push(line),
    ...options,
  });
  const ends: (() => Promise<void>)[] = [];
  const hire: Crew["hire"] = (identity = IDENTITY, open) => {
    const end = new AbortController();
    const messenger = wire.open(4096);
    const place = {
      identity,
      open: (y: Points, source: Source) => open?.(y, source) ?? new Cells(gpu, y, source),
    };
    const done = work(messenger, place, { name: `w${ends.length}`, signal: end.signal, again: AGAIN });
    ends.push(() => {
      end.abort();
      return done;
    });
    return () => {
      void messenger.close(); // it hears nothing, and what it says comes too late
      end.abort();
    };
  };
  for (let i = 0; i < workers; i++) hire();
  try {
    return await body({ lead, wire, said, hire });
  } finally {
    lead.close();
    await Promise.all(ends.map((end) => end()));
  }
}

export const problem = gatherForDevice(
  createProblem(normals(60, 16, 2), { nu: Float64Array.from({ length: 60 }, (_, i) => 1 + (i % 3)) }),
);
export const draw = { seed: 1, stream: 3, first: 0, count: 400_000 };
export const h = Float64Array.from({ length: 60 }, (_, i) => i / 100);
/** Counts by one device. */
const alone = async () => {
  using cells = new Cells(gpu, problem.targets, problem.source);
  cells.setHeights(h);
  return await cells.count(draw);
};
export const counts = await alone();
