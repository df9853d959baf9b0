// Who counts: the strings that name a worker's adapter and software, and the bits of its scores.
// Workers that differ in any of them may differ in counts.
import type { AdapterSummary, OpenedGpu } from "../adapter/opened.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import { hostRandom } from "../math/philox.ts";
import { Cells } from "../ot/cells/cells.ts";
import { points } from "../ot/points.ts";
import { sha256Of } from "./sha256Of.ts";
import type { Value } from "./values.ts";

/** The software that computes. */
export interface Software {
  readonly brenier: string;
  /** The version of Dawn's package in Node; elsewhere the runtime's name for itself. */
  readonly webgpu: string;
}

export interface Identity extends Software {
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
export async function identify(gpu: OpenedGpu, { brenier, webgpu }: Software): Promise<Identity> {
  const random = hostRandom(21, 0);
  const rows = Float32Array.from({ length: PROBE.targets * PROBE.dimension }, () => random.normal());
  using cells = new Cells(gpu, points("probe", rows, PROBE.dimension));
  cells.setHeights(Float32Array.from({ length: PROBE.targets }, () => random.normal()));
  const draw = { seed: 21, stream: 0, first: 0, count: PROBE.samples };
  const { max, runnerUp } = await cells.assign(draw, ["max", "runnerUp"]);
  const digests = await Promise.all([max, runnerUp].map(({ buffer }) => sha256Of(new Uint8Array(buffer))));
  return {
    brenier,
    webgpu,
    adapter: gpu.adapter,
    choice: { kernels: { ...gpu.choice.kernels } as Identity["choice"]["kernels"], by: gpu.choice.by },
    probe: await sha256Of(encodeUtf8(digests.join())),
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

/** What decides which bits a worker counts, with its name for people. */
export const traitsOf = (who: Identity): readonly (readonly [string, string])[] => [
  ["webgpu", who.webgpu],
  ["adapter", who.adapter.name],
  ["vendor", who.adapter.vendor],
  ["architecture", who.adapter.architecture],
  ["device", who.adapter.device],
  ["driver", who.adapter.driver],
  ["kernels", who.choice.kernels.family],
  ["bits of 4096 scores", who.probe],
];

/** What differs between two identities, in words; undefined where their bits are the same. */
export function difference(one: Identity, other: Identity): string | undefined {
  const others = traitsOf(other);
  const at = traitsOf(one).findIndex(([, value], i) => value !== others[i]?.[1]);
  const row = (which: typeof others): string => which[at]?.[1] ?? "";
  return at < 0 ? undefined : `expected the ${others[at]?.[0]} ${row(traitsOf(one))}, got ${row(others)}`;
}
