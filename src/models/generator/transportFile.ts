import { checkFormat, FORMAT_ADVICE } from "../../formats/checkFormat.ts";
import { checkValues } from "../../formats/checkValues.ts";
import { DataError } from "../../formats/error.ts";
import { finiteFloat32 } from "../../formats/float32.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from "../../formats/safetensors.ts";
import { atOnce, type Steps } from "../../math/steps.ts";
import { LARGEST_HEIGHT } from "../../ot/cells/plainCells.ts";
import { type TransportMap, targetRows } from "../../ot/map/map.ts";
import { pointsSteps } from "../../ot/points.ts";
import { type Problem, problemSteps } from "../../ot/problem.ts";
import { type Density, densityOf } from "../../ot/source.ts";

const FORMAT = "brenier.transport.1";

/** What a transport map is made from: a problem and the heights that solve it. */
export type TransportValues = Pick<TransportMap, "problem" | "heights">;

/**
 * The bytes of a transport.safetensors: `targets` [N, d] float32, `heights` [N] and `masses` [N]
 * float64, and the source's name. RangeError for a source of samples.
 */
export function encodeTransport(values: TransportValues): Uint8Array {
  const source = densityOf("encodeTransport", values.problem.source);
  return encodeSafetensors(transportTensors(values), { format: FORMAT, source });
}

/**
 * Reads what `encodeTransport` wrote, for codes of dimension `latent`. DataError for another
 * format, and when the file holds something else.
 *
 * @param name what the errors call the file.
 */
export function decodeTransport(bytes: Uint8Array, latent: number, name = "transport"): TransportValues {
  const file = decodeSafetensors(bytes, name);
  checkFormat(name, FORMAT, file.metadata.get("format"), FORMAT_ADVICE);
  return atOnce(transportIn(file, latent, name));
}

/** The tensors of a transport by the names that files give them. */
export function transportTensors({ problem, heights }: TransportValues): Readonly<Record<string, SafeTensor>> {
  const { targets, nu } = problem;
  const all = Uint32Array.from({ length: targets.count }, (_, i) => i);
  return {
    targets: { shape: [targets.count, targets.dimension], data: targetRows(problem, all) },
    heights: { shape: [targets.count], data: heights },
    masses: { shape: [targets.count], data: nu },
  };
}

/** The transport among the tensors of a file, in pieces: see `decodeTransport`. */
export function* transportIn(file: SafeTensors, latent: number, name: string): Steps<TransportValues> {
  const targets = finiteFloat32(file, name, "targets", [null, latent]);
  const count = targets.length / latent;
  yield;
  const [masses, heights] = [float64(file, name, "masses", count), heightsIn(file, name, "heights", count)];
  const problem = yield* problemOf(name, targets, latent, { masses, source: sourceIn(file, name) });
  return { problem, heights };
}

/** The float64 tensor `tensor` [count] of a file. */
export function float64({ tensors }: SafeTensors, name: string, tensor: string, count: number): Float64Array {
  const found = tensors.get(tensor);
  if (found?.data instanceof Float64Array && found.data.length === count) return found.data;
  throw new DataError(`${name}: expected \`${tensor}\` as float64 [${count}]; is it a finished run?`);
}

/** Heights as a map takes them: −∞ empties a cell. */
export function heightsIn(file: SafeTensors, name: string, tensor: string, count: number): Float64Array {
  const heights = float64(file, name, tensor, count);
  checkValues(
    `${name}: expected \`${tensor}\` up to 1e30`,
    heights,
    (h) => h === Number.NEGATIVE_INFINITY || Math.abs(h) <= LARGEST_HEIGHT,
  );
  if (!heights.some(Number.isFinite))
    throw new DataError(`${name}: expected a finite number in \`${tensor}\`, got none`);
  return heights;
}

/** The name of the source in a file's metadata. */
export function sourceIn({ metadata }: SafeTensors, name: string): Density {
  const source = metadata.get("source");
  if (source === "gaussian" || source === "cube") return source;
  throw new DataError(`${name}: expected the source gaussian or cube in its metadata, got ${source ?? "none"}`);
}

/** The problem of numbers from a file, in pieces. DataError where they make none. */
export function* problemOf(
  name: string,
  targets: Float32Array,
  latent: number,
  { masses, source }: { readonly masses: Float64Array; readonly source: Density },
): Steps<Problem> {
  try {
    return yield* problemSteps(yield* pointsSteps("targets", targets, latent), { nu: masses, source });
  } catch (error) {
    if (error instanceof RangeError) throw new DataError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
