import type { BufferRef, Command } from "../../kernels/command.ts";
import type { Dtype } from "../../kernels/kernel.ts";
import type { Call } from "../../tensor/engine.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { BufferUse } from "./record.ts";

type Dispatch = Extract<Command, { kind: "dispatch" }>;

/**
 * Numbers the buffers of one phase by their first use, with the shapes that ops gave them. Equal
 * steps give equal numbers.
 */
export class Names {
  readonly #numbers = new Map<number, number>();
  readonly #shapes = new Map<string, Shape>();

  clear(): void {
    this.#numbers.clear();
    this.#shapes.clear();
  }

  /** Remembers the shapes of an op's tensors, which are float32. */
  learn({ inputs, output }: Call): void {
    for (const { buffer, shape } of Object.values(inputs)) this.#shapes.set(keyOf(buffer), shape);
    this.#shapes.set(keyOf(output.buffer), output.shape);
  }

  use(name: string, access: BufferUse["access"], ref: BufferRef, declared: Dtype): BufferUse {
    let tensor = this.#numbers.get(ref.id);
    if (tensor === undefined) {
      tensor = this.#numbers.size;
      this.#numbers.set(ref.id, tensor);
    }
    const known = this.#shapes.get(keyOf(ref));
    const [shape, dtype] = known === undefined ? [[ref.bytes / 4], declared] : [known, "f32" as const];
    return ref.offset === 0
      ? { name, access, tensor, shape, dtype }
      : { name, access, tensor, offset: ref.offset, shape, dtype };
  }

  ofDispatch({ kernel, buffers }: Dispatch): readonly BufferUse[] {
    return Object.entries(kernel.buffers).map(([name, access]) =>
      this.use(name, access, buffers[name] as BufferRef, kernel.dtypes[name] as Dtype),
    );
  }
}

const keyOf = ({ id, offset, bytes }: BufferRef): string => `${id} ${offset} ${bytes}`;

/** Bytes of the ranges that a dispatch binds, each counted once. */
export function boundBytes(buffers: Readonly<Record<string, BufferRef>>): number {
  const seen = new Set<string>();
  let bytes = 0;
  for (const name in buffers) {
    const ref = buffers[name] as BufferRef;
    const key = keyOf(ref);
    if (!seen.has(key)) bytes += ref.bytes;
    seen.add(key);
  }
  return bytes;
}

/** Params as JSON can hold them: NaN and infinities become strings. */
export function plainParams(params: Readonly<Record<string, number>>): Readonly<Record<string, number | string>> {
  for (const name in params) {
    if (!Number.isFinite(params[name])) {
      return Object.fromEntries(
        Object.entries(params).map(([key, value]) => [key, Number.isFinite(value) ? value : String(value)]),
      );
    }
  }
  return params;
}
