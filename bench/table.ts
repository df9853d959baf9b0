// The bench's results as text for a terminal, as Markdown and as JSON.
import { PEERS } from "./peers/names.ts";
import { type Machine, type PeerResult, type Row, ratesOf, ratioToBest, shareOf } from "./row.ts";

const WEBGPU: ReadonlySet<string> = new Set(PEERS.filter(({ webgpu }) => webgpu).map(({ name }) => name));

const HEAD = ["op", "shape", "ours ms min / med", "rate wall", "rate norm", "peak", "share"];

/**
 * One entry of `--json`, with the least wall time in ms. A peer's times with the napping wait have
 * a name of their own.
 */
export interface Entry {
  readonly name: string;
  readonly shape: string;
  readonly adapter: string;
  readonly family: string;
  readonly oursMs: number | null;
  readonly oursNormMs: number | null;
  readonly oursGflops: number | null;
  readonly peakShare: number | null;
  readonly peers: Readonly<Record<string, number>>;
  readonly ratioToBest: number | null;
}

const finite = (x: number | undefined): number | null => (x !== undefined && Number.isFinite(x) ? x : null);

export function entries(rows: readonly Row[], machine: Machine): Entry[] {
  return rows.map((row) => {
    const { name, shape, times, flops } = row;
    const peers = Object.entries(row.peers).flatMap(([peer, result]) => {
      if (!("shipped" in result)) return [];
      const napping = result.napping === null ? [] : [[`${peer} napping`, result.napping.min] as const];
      return [[peer, result.shipped.min] as const, ...napping];
    });
    return {
      name,
      shape,
      adapter: machine.adapter,
      family: machine.family,
      oursMs: finite(times?.min),
      oursNormMs: machine.cpu ? finite(times?.norm) : null,
      oursGflops: flops === undefined || times === null ? null : finite(flops / times.min / 1e6),
      peakShare: shareOf(row, machine),
      peers: Object.fromEntries(peers),
      ratioToBest: ratioToBest(row, WEBGPU),
    };
  });
}

/**
 * A number with three significant digits, or with all digits before the decimal point where these
 * are more.
 */
export function digits(x: number): string {
  if (!Number.isFinite(x)) return "–";
  return x >= 100 ? x.toFixed(0) : x.toPrecision(3).replace(/e.*$/, "");
}

function cellsOf(row: Row, machine: Machine, peers: readonly string[]): string[] {
  const { name, shape, times, peak, bytes, note } = row;
  const rates = ratesOf(row);
  const unit = bytes === undefined ? "GF/s" : "GB/s";
  const rate = (x: number | undefined): string => (x === undefined ? "" : `${digits(x / 1e9)} ${unit}`);
  const share = shareOf(row, machine);
  const ratio = ratioToBest(row, WEBGPU);
  return [
    name,
    shape,
    times === null ? "failed" : `${digits(times.min)} / ${digits(times.median)}`,
    rate(rates?.wall),
    machine.cpu ? rate(rates?.norm) : "",
    peak === undefined ? "" : rate(machine.cpu ? peak.norm : peak.wall),
    share === null ? "" : `${Math.round(100 * share)} %`,
    ...peers.map((peer) => peerCell(row.peers[peer])),
    ...(peers.length === 0 ? [] : [ratio === null ? "–" : `${digits(ratio)}×`]),
    note ?? "",
  ];
}

function peerCell(result: PeerResult | undefined): string {
  if (result === undefined) return "–";
  if ("reason" in result) return result.reason;
  const { shipped, napping } = result;
  return napping === null ? digits(shipped.min) : `${digits(shipped.min)} (${digits(napping.min)})`;
}

/** The lines above the table: the machine, and the meaning of the columns. */
export function heading(machine: Machine, failures: readonly string[]): string[] {
  const { adapter, family, cpu, processor, cores, load } = machine;
  const notes = cpu
    ? [
        `norm: from the CPU time of the driver's threads over ${cores} cores: waiting for a core does not change it, a neighbour on the other thread`,
        "of a core does; the peak and the share of it are of this kind.",
      ]
    : [];
  return [
    `adapter: ${adapter}`,
    `kernels: ${family}; ${processor}, ${cores} cores, load ${load.map((x) => x.toFixed(2)).join(" ")}`,
    "Times are in ms for one run, waited for once per sample of at least 10 ms, of 10 training steps; ours and the peers in turns.",
    "Inputs of products and convolutions are written again, in part, before each run of ours, so that no copy of them is kept.",
    "Before that ours is compared with float64 values and all results of each peer: |theirs − ours| ≤ t · (|theirs| + rms(theirs)),",
    "t = 1e-6 for sums, 2e-5 for products, 1e-3 for the first gradients and the losses of four training steps.",
    "peak: multiplications and additions in registers, or copying, in the same process.",
    ...notes,
    "Peers: least wall time as shipped (with the wait that naps); ratio: the best WebGPU peer as shipped over ours.",
    "onnxruntime trains nothing, and its runs carry their input to the device and their output back.",
    ...failures.map((failure) => `not run: ${failure}`),
  ];
}

export function table(rows: readonly Row[], machine: Machine): string {
  const peers = PEERS.map(({ name }) => name).filter((name) => rows.some((row) => row.peers[name] !== undefined));
  const head = [...HEAD, ...peers, ...(peers.length === 0 ? [] : ["ratio"]), "note"];
  return aligned(
    head,
    rows.map((row) => cellsOf(row, machine, peers)),
  );
}

/** A table in Markdown with its columns aligned, so that it is readable in a terminal too. */
export function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |\n`;
  return `${line(head)}${line(widths.map((width) => "-".repeat(width)))}${rows.map(line).join("")}`;
}

/** The text of bench/RESULTS.md. */
export function markdown(rows: readonly Row[], machine: Machine, failures: readonly string[]): string {
  const lines = heading(machine, failures).map((text) => `- ${text}`);
  return `# Results\n\nWritten by \`npm run bench\`.\n\n${lines.join("\n")}\n\n${table(rows, machine)}`;
}
