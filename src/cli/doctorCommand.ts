import { availableParallelism } from "node:os";
import type { Choice } from "../adapter/choice.ts";
import type { OpenedGpu } from "../adapter/opened.ts";
import { openGpu } from "../adapter/openGpu.ts";
import { versions } from "../adapter/versions.ts";
import { FAMILIES, format } from "../kernels/family.ts";
import type { Tuning } from "../tensor/diagnostics/autotune.ts";
import { describeFlags, parseArguments, toggle } from "./arguments.ts";

const flags = {
  retune: toggle("measure all kernels again, for some seconds, on a CPU driver too"),
  json: toggle("print one JSON record"),
} as const;

const usage = `usage: node dist/doctor.js [flags]

Opens the adapter that all commands use, tests that it computes, and prints what it is, which kernels run on it and why.
On a GPU the first command of all measures the kernels, for a second at most, and keeps the result in a cache file.

flags
${describeFlags(flags)}
environment
  BRENIER_FAMILY  ${FAMILIES.join(", ")}: kernels for all commands (default by adapter and measurement)
  BRENIER_CACHE   folder of kernels.json (default brenier in the user's cache folder)
  LP_NUM_THREADS  threads of Mesa's CPU driver (default one per core)

exit codes: 0 fine, 2 wrong usage, 3 no adapter or one that computes wrong values, 130 after Ctrl-C, 143 after SIGTERM, 1
anything else
`;

const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** `node dist/doctor.js`: see `usage`. */
export async function doctorCommand(args: readonly string[], signal?: AbortSignal): Promise<void> {
  const { help, values } = parseArguments(args, flags, []);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const gpu = await openGpu({ retune: values.retune ?? false, signal });
  try {
    const report = examine(gpu);
    process.stdout.write(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : describe(report));
  } finally {
    // An error while disposing would hide the earlier one.
    await gpu.dispose().catch(() => undefined);
  }
}

type Report = ReturnType<typeof examine>;

function examine(gpu: OpenedGpu) {
  const { adapter, choice, cachePath, selfTestMs, limits, features, subgroupSize } = gpu;
  return {
    adapter,
    limits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]])),
    features: [...features].sort(),
    subgroupSize,
    kernels: choice,
    cache: cachePath ?? null,
    selfTestMs: Number(selfTestMs.toFixed(1)),
    cpu: { cores: availableParallelism(), lpNumThreads: process.env["LP_NUM_THREADS"] ?? null },
    versions: versions(),
  };
}

function describe({
  adapter,
  limits,
  features,
  subgroupSize,
  kernels,
  cache,
  selfTestMs,
  cpu,
  versions,
}: Report): string {
  const lanes = subgroupSize.min === subgroupSize.max ? subgroupSize.min : `${subgroupSize.min} to ${subgroupSize.max}`;
  const threads = cpu.lpNumThreads ?? "not set, one thread per core";
  const rows = [
    [
      "adapter",
      `${adapter.device} (${[adapter.vendor, adapter.architecture].filter((word) => word !== "").join(", ")})`,
    ],
    ["driver", adapter.driver],
    ["kind", adapter.cpu ? `CPU driver on ${cpu.cores} cores, LP_NUM_THREADS ${threads}` : "GPU"],
    [
      "features",
      features.includes("subgroups") ? `${features.join(", ")}; subgroups of ${lanes}` : features.join(", "),
    ],
    ...Object.entries(limits).map(([name, value], i) => [i === 0 ? "limits" : "", `${name} ${value}`] as const),
    ["kernels", `${format(kernels.kernels)}, ${reason(kernels, cache)}`],
    ...(kernels.tuning === undefined ? [] : table(kernels.tuning)),
    ["self-test", `passed in ${selfTestMs} ms`],
    [
      "versions",
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", "),
    ],
  ] as const;
  return rows.map(([name, text]) => `${name.padEnd(11)}${text}\n`).join("");
}

function reason({ by, kept }: Choice, cache: string | null): string {
  switch (by) {
    case "option":
      return "asked for by the caller";
    case "environment":
      return "asked for by BRENIER_FAMILY";
    case "adapter":
      return "by the kind of adapter";
    case "measurement":
      if (cache === null) return "the fastest, measured now; not kept, for want of a home folder: set BRENIER_CACHE";
      return `the fastest, measured now; ${kept === true ? "kept in" : "cannot be kept in"} ${cache}`;
    case "cache":
      return `the fastest, measured earlier; from ${cache}`;
  }
}

function table({ shapes, measured }: Tuning): readonly (readonly [string, string])[] {
  const heads = shapes.map(({ m, n, k, transposed }) => `${m}x${n}x${k}${transposed ? " transposed" : ""}`);
  const width = Math.max(...measured.map(({ kernels }) => format(kernels).length));
  const rows = measured.map(({ kernels, gflops, problem }) => {
    const cells = gflops.map((value, i) => value.toFixed(1).padStart(heads[i]?.length ?? 0));
    return `${format(kernels).padEnd(width)}  ${problem ?? cells.join("  ")}`;
  });
  return [`${"GFLOP/s".padEnd(width)}  ${heads.join("  ")}`, ...rows].map((row, i) => [i === 0 ? "measured" : "", row]);
}
