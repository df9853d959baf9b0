// Who counts: the strings that name a worker's adapter and software, and the bits of its scores.
// Workers that differ in any of them may differ in counts.
import type { AdapterSummary, OpenedGpu } from "../adapter/opened.ts";
import { versions } from "../adapter/versions.ts";
import { sha256 } from "../files/sha256.ts";
import { hostRandom } from "../math/philox.ts";
import { Cells } from "../ot/cells/cells.ts";
import { points } from "../ot/points.ts";
import type { Value } from "./values.ts";

export interface Identity {
  readonly brenier: string;
  readonly webgpu: string;
  readonly adapter: AdapterSummary;
  readonly choice: {
    readonly kernels: { readonly family: string; readonly [name: string]: Value };
    readonly by: string;
  };
  /** sha256 of the scores of the probe's samples. */
  readonly probe: string;
}

const PROBE = { targets: 100, dimension: 22, samples: 4096 } as const;

/** The identity of a device. The probe is one assignment of 4,096 samples. */
export async function identify(gpu: OpenedGpu): Promise<Identity> {
  const { brenier, webgpu } = versions();
  const random = hostRandom(21, 0);
  const rows = Float32Array.from({ length: PROBE.targets * PROBE.dimension }, () => random.normal());
  using cells = new Cells(gpu, points("probe", rows, PROBE.dimension));
  cells.setHeights(Float32Array.from({ length: PROBE.targets }, () => random.normal()));
  const draw = { seed: 21, stream: 0, first: 0, count: PROBE.samples };
  const { max, runnerUp } = await cells.assign(draw, ["max", "runnerUp"]);
  return {
    brenier,
    webgpu,
    adapter: gpu.adapter,
    choice: { kernels: { ...gpu.choice.kernels } as Identity["choice"]["kernels"], by: gpu.choice.by },
    probe: sha256([max, runnerUp].map((scores) => sha256(new Uint8Array(scores.buffer))).join()),
  };
}

const isText = (value: unknown): value is string => typeof value === "string" && value.length <= 1000;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

/** Whether what a worker announced is an identity. */
export function isIdentity(given: unknown): given is Identity {
  if (!isRecord(given) || ![given["brenier"], given["webgpu"], given["probe"]].every(isText)) return false;
  const { adapter, choice } = given;
  if (!isRecord(adapter) || !isRecord(choice) || !isText(choice["by"])) return false;
  if (!isRecord(choice["kernels"]) || !isText(choice["kernels"]["family"])) return false;
  const texts = ["name", "vendor", "architecture", "device", "driver"].map((name) => adapter[name]);
  return texts.every(isText) && typeof adapter["cpu"] === "boolean";
}

const rows = (who: Identity): readonly (readonly [string, string])[] => [
  ["webgpu", who.webgpu],
  ["adapter", who.adapter.name],
  ["vendor", who.adapter.vendor],
  ["architecture", who.adapter.architecture],
  ["device", who.adapter.device],
  ["driver", who.adapter.driver],
  ["kernels", who.choice.kernels.family],
  ["bits of 4096 scores", who.probe],
];

/** A name of all who are of one version and give the same bits. */
export const fitOf = (who: Identity): string => sha256(JSON.stringify([who.brenier, ...rows(who)])).slice(0, 16);

/** What differs between two identities, in words; undefined where their bits are the same. */
export function difference(one: Identity, other: Identity): string | undefined {
  const others = rows(other);
  const at = rows(one).findIndex(([, value], i) => value !== others[i]?.[1]);
  const row = (which: typeof others): string => which[at]?.[1] ?? "";
  return at < 0 ? undefined : `expected the ${others[at]?.[0]} ${row(rows(one))}, got ${row(others)}`;
}
