// Checks a case, then times this library, the peak and the peers in turns.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { bytesPeak, flopsPeak } from "../src/audit/record/peak.ts";
import type { Engine } from "../src/index.ts";
import type { Case } from "./case.ts";
import { compareArrays, compareExpected } from "./compare.ts";
import { calibrate, type Sample, sampleFor, timesOf } from "./measure.ts";
import { PEERS } from "./peers/names.ts";
import { Peer, PeerError } from "./peers/peer.ts";
import { PLACES } from "./places.ts";
import type { PeerResult, Row } from "./row.ts";

export interface Settings {
  readonly engine: Engine;
  /** Whether the driver computes on the CPU. */
  readonly cpu: boolean;
  /** Names of the peers to run; one that cannot be loaded is removed. */
  readonly peers: Set<string>;
  /** Milliseconds of samples in each round. */
  readonly budget: number;
  readonly rounds: number;
  /**
   * Called with a message for every wrong result. A mismatch is a failure of the bench; a peer that
   * does not run is not.
   */
  mismatch(text: string): void;
  notRun(text: string): void;
}

/** Throws when the results of this library differ from float64. */
export async function check(engine: Engine, work: Case): Promise<void> {
  const inputs = work.inputs();
  const ours = work.ours(engine, inputs);
  try {
    const results = await ours.results();
    const problem = work.expected && compareExpected(results, work.expected(inputs), work.tolerance, PLACES);
    if (problem) throw new Error(problem);
  } finally {
    ours.close();
  }
}

interface Running {
  readonly peer: Peer;
  readonly polls: boolean;
  readonly shipped: Sample[];
  readonly napping: Sample[];
}

/** Measures one case. Throws when this library fails or is wrong; nothing is timed then. */
export async function measure(settings: Settings, work: Case): Promise<Row> {
  const { engine, cpu } = settings;
  const inputs = work.inputs();
  const ours = work.ours(engine, inputs);
  const peak = work.bytes === undefined ? flopsPeak(engine, cpu) : bytesPeak(engine);
  // Number of cores that a CPU driver uses: only one thread copies.
  const busy = work.bytes === undefined ? availableParallelism() : 1;
  const peers: Record<string, PeerResult> = {};
  const running: Running[] = [];
  try {
    const results = await ours.results();
    const problem = work.expected && compareExpected(results, work.expected(inputs), work.tolerance, PLACES);
    if (problem) throw new Error(problem);
    for (const { name, words, polls } of PEERS) {
      if (!settings.peers.has(name) || work[words] === undefined) continue;
      const peer = await prepared(settings, work, results, name, peers);
      if (peer !== null) running.push({ peer, polls, shipped: [], napping: [] });
    }
    const timed = { run: () => ours.run(), done: () => engine.done() };
    const [runs, peakRuns] = [await calibrate(timed, work.runs), await calibrate(peak)];
    const samples = { ours: [] as Sample[], peak: [] as Sample[] };
    for (let round = 0; round < settings.rounds; round++) {
      samples.ours.push(...(await sampleFor(timed, runs, settings.budget)));
      samples.peak.push(...(await sampleFor(peak, peakRuns, 0)));
      for (const entry of running) await timePeer(settings, work, entry, peers);
    }
    for (const { peer, shipped, napping } of running) {
      if (peers[peer.name] !== undefined || shipped.length === 0) continue;
      peers[peer.name] = { shipped: timesOf(shipped), napping: napping.length === 0 ? null : timesOf(napping) };
    }
    const [times, top] = [timesOf(samples.ours), timesOf(samples.peak)];
    const rates = {
      wall: (1000 * peak.amount) / top.min,
      norm: (1000 * peak.amount * busy) / top.norm / availableParallelism(),
    };
    return {
      name: work.name,
      shape: work.shape,
      flops: work.flops,
      times,
      peak: rates,
      peers,
      ...(work.bytes === undefined ? {} : { bytes: work.bytes }),
      ...(work.note === undefined ? {} : { note: work.note(times.min) }),
    };
  } finally {
    for (const { peer } of running) peer.close();
    ours.close();
    peak.dispose();
    engine.trim();
  }
}

/** A peer whose results agree with this library's. Where it is null, `peers` has the reason. */
async function prepared(
  settings: Settings,
  work: Case,
  results: Readonly<Record<string, Float32Array>>,
  name: string,
  peers: Record<string, PeerResult>,
): Promise<Peer | null> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-bench-"));
  const peer = new Peer(name);
  try {
    const theirs = await peer.prepare(work, folder);
    const problem = compareArrays(results, theirs, work.tolerance);
    if (problem === null) return peer;
    settings.mismatch(`${work.name} ${work.shape}: ours and ${name} differ: ${problem}`);
    peers[name] = { reason: "differs" };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    peers[name] = { reason: error.kind };
    if (error.kind === "not loaded") {
      settings.peers.delete(name);
      settings.notRun(`${name}: ${error.message}`);
    } else {
      settings.notRun(`${name}, ${work.name} ${work.shape}: ${error.message}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  peer.close();
  return null;
}

async function timePeer(
  { budget, notRun }: Settings,
  work: Case,
  { peer, polls, shipped, napping }: Running,
  peers: Record<string, PeerResult>,
): Promise<void> {
  if (peers[peer.name] !== undefined) return; // it failed in an earlier round
  try {
    shipped.push(...(await peer.time("shipped", budget)));
    if (polls) napping.push(...(await peer.time("napping", budget)));
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    peers[peer.name] = { reason: "not run" };
    notRun(`${peer.name}, ${work.name} ${work.shape}: ${error.message}`);
  }
}
