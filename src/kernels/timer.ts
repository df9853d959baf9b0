import { type Device, featuresOf } from "./device.ts";
import { MOST_DISPATCHES } from "./uniforms.ts";

// WebGPU's usage bits by value, so that Node needs none of its globals.
const [MAP_READ, COPY_SRC, COPY_DST, QUERY_RESOLVE] = [0x1, 0x4, 0x8, 0x200];

/**
 * Where passes write the two timestamps of a dispatch: `both` for its only pass; `begin` and `end`
 * for a pass before and a pass after the copies that it needs. Each is WebGPU's
 * `GPUComputePassTimestampWrites`, which declarations do not name: see `Device`.
 */
export interface Stamps {
  readonly both: object;
  readonly begin: object;
  readonly end: object;
}

/**
 * Measures single dispatches, each in a pass of its own, by two timestamps: see `Gpu.timer`. Error
 * where the device lacks the feature `timestamp-query`.
 */
export class DispatchTimer {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #spare: GPUBuffer[] = [];
  #count = 0;

  constructor({ device: given }: { readonly device: Device }) {
    if (!featuresOf(given).has("timestamp-query")) {
      throw new Error("timer: expected a device with the feature `timestamp-query`, got one without; leave it out");
    }
    const device = given as GPUDevice; // every `Device` is a `GPUDevice`: see `Device`
    this.#device = device;
    this.#queries = device.createQuerySet({ type: "timestamp", count: 2 * MOST_DISPATCHES });
    this.#resolved = device.createBuffer({
      label: "timestamps",
      size: 16 * MOST_DISPATCHES,
      usage: QUERY_RESOLVE | COPY_SRC,
    });
  }

  /** Where the timestamps of the next dispatch are written. */
  next(): Stamps {
    const at = 2 * this.#count++;
    const begin = { querySet: this.#queries, beginningOfPassWriteIndex: at };
    const end = { querySet: this.#queries, endOfPassWriteIndex: at + 1 };
    return { both: { ...begin, ...end }, begin, end };
  }

  /**
   * Records the end of a submission in its `GPUCommandEncoder`. The returned function, to be called
   * after the submission, gives the nanoseconds of each dispatch since the last one.
   */
  resolve(given: object): () => Promise<Float64Array> {
    const encoder = given as GPUCommandEncoder;
    const count = this.#count;
    this.#count = 0;
    if (count === 0) return () => Promise.resolve(new Float64Array());
    const bytes = 16 * count;
    const usage = MAP_READ | COPY_DST;
    const staging =
      this.#spare.pop() ?? this.#device.createBuffer({ label: "timestamps", size: 16 * MOST_DISPATCHES, usage });
    encoder.resolveQuerySet(this.#queries, 0, 2 * count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, bytes);
    const read = async (): Promise<Float64Array> => {
      await staging.mapAsync(1, 0, bytes);
      const stamps = new BigUint64Array(staging.getMappedRange(0, bytes).slice(0));
      staging.unmap();
      this.#spare.push(staging);
      return Float64Array.from({ length: count }, (_, i) => Number((stamps[2 * i + 1] ?? 0n) - (stamps[2 * i] ?? 0n)));
    };
    let times: Promise<Float64Array> | undefined;
    return () => {
      times ??= read();
      return times;
    };
  }
}
