// Runs the bench in this process. Its one argument is the flags as JSON, as scripts/bench.mjs
// parsed them.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { openGpu } from "../src/adapter/openGpu.ts";
import { fullCases, gpuCases, smokeCases } from "./cases/all.ts";
import { coldStarts } from "./cold.ts";
import { overhead } from "./overhead.ts";
import { PEERS } from "./peers/names.ts";
import { root } from "./root.ts";
import type { Machine, Row } from "./row.ts";
import { check, measure, type Settings } from "./run.ts";
import { entries, heading, markdown, table } from "./table.ts";

interface Options {
  readonly only: readonly string[];
  readonly peers: boolean;
  readonly smoke: boolean;
  readonly json: string | null;
}

/** A named part of the bench: a case, or a number with a measurement of its own. */
interface Part {
  readonly name: string;
  run(settings: Settings): Promise<Row[]>;
}

const full: readonly Part[] = [
  ...fullCases.map((work) => ({
    name: `${work.name} ${work.shape}`,
    run: async (settings: Settings) => [await measure(settings, work)],
  })),
  ...gpuCases.map((work) => ({
    name: `${work.name} ${work.shape}`,
    async run(settings: Settings) {
      if (!settings.cpu) return [await measure(settings, work)];
      settings.notRun(`${work.name} ${work.shape}: only on a GPU`);
      return [];
    },
  })),
  {
    name: "tape and layers over bare kernels",
    run: async ({ engine, budget }) => [await overhead(engine, 64, budget)],
  },
  { name: "cold start conv-AE", run: async () => coldStarts("conv-AE", 64) },
  { name: "cold start default autoencoder", run: async () => coldStarts("default", 100) },
];

const smoke: readonly Part[] = [
  ...smokeCases.map((work) => ({
    name: `${work.name} ${work.shape}`,
    async run({ engine }: Settings) {
      await check(engine, work);
      return [];
    },
  })),
  {
    name: "tape and layers over bare kernels",
    async run({ engine }) {
      await overhead(engine, 4, 0);
      return [];
    },
  },
];

const options = JSON.parse(process.argv[2] ?? "{}") as Options;
const parts = (options.smoke ? smoke : full).filter(
  ({ name }) => options.only.length === 0 || options.only.some((part) => name.includes(part)),
);
if (parts.length === 0) {
  const names = (options.smoke ? smoke : full).map(({ name }) => name);
  console.error(
    `bench: expected \`--only\` as part of a name, got ${options.only.join(", ")}; one of ${names.join("; ")}`,
  );
  process.exit(2);
}

const load = loadavg();
let gpu = await openGpu();
const { adapter } = gpu;
const machine: Machine = {
  adapter: adapter.name,
  family: gpu.family,
  cpu: adapter.cpu,
  processor: cpus()[0]?.model.trim() ?? "unknown processor",
  cores: availableParallelism(),
  load,
};
const rows: Row[] = [];
const notRun: string[] = [];
let wrong = 0;
const fail = (text: string): void => {
  wrong++;
  console.error(`bench: error: ${text}`);
};
const base: Omit<Settings, "engine"> = {
  cpu: adapter.cpu,
  budget: 200,
  rounds: 3,
  peers: new Set(options.peers && !options.smoke ? PEERS.map(({ name }) => name) : []),
  mismatch: fail,
  notRun(text) {
    notRun.push(text);
    console.error(`bench: ${text}`);
  },
};
let engine = gpu;
for (const { name, run } of parts) {
  const started = performance.now();
  try {
    rows.push(...(await run({ ...base, engine })));
    if (!options.smoke) console.error(`bench: ${name}  ${((performance.now() - started) / 1000).toFixed(1)} s`);
  } catch (error) {
    fail(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    rows.push({ name, shape: "", times: null, peers: {} });
    // An error of the device does not affect the next part, which gets another device.
    await gpu.dispose().catch(() => undefined);
    gpu = await openGpu();
    engine = gpu;
  }
}
await gpu.dispose();

if (options.smoke) {
  console.log(`bench: ${parts.length - wrong} of ${parts.length} cases compute what they should on ${adapter.name}`);
} else {
  console.log(`${heading(machine, notRun).join("\n")}\n\n${table(rows, machine)}`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(entries(rows, machine), null, 2)}\n`);
  if (options.only.length === 0 && options.peers && wrong === 0) {
    writeFileSync(join(root, "bench/RESULTS.md"), markdown(rows, machine, notRun));
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
