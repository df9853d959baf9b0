// Replays a recorded step: the same kernels with the same arguments in the same order, without the
// layers of the library above them.
import type { BufferRef, Command, Gpu } from "../src/index.ts";

export interface Replay {
  /** Records all dispatches and copies of the step and submits them. */
  run(): void;
  /** Buffers that the step used but did not create: parameters, moments, inputs. */
  readonly kept: readonly BufferRef[];
  close(): void;
}

/**
 * Records the commands that `step` submits. Buffers that it creates are replaced by permanent ones,
 * which are reused as the step frees them, so that the replay touches as much memory as the step
 * did. Uploads are made once.
 */
export function record(gpu: Gpu, step: () => void): Replay {
  const commands: Command[] = [];
  const uploads = new Map<BufferRef, Float32Array>();
  const { onCommand } = gpu;
  gpu.onCommand = (command) => {
    commands.push(command);
    if (command.kind !== "upload") return;
    const { buffer, byteOffset, byteLength } = command.values;
    uploads.set(command.buffer, new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)));
  };
  try {
    step();
  } finally {
    gpu.onCommand = onCommand;
  }
  return replay(gpu, commands, uploads);
}

function replay(gpu: Gpu, commands: readonly Command[], uploads: ReadonlyMap<BufferRef, Float32Array>): Replay {
  const owned: BufferRef[] = [];
  const spare = new Map<number, BufferRef[]>();
  const places = new Map<number, BufferRef>();
  const kept = new Map<number, BufferRef>();
  const uploaded = new Set([...uploads.keys()].map(({ id }) => id));
  const take = (bytes: number): BufferRef => {
    const ref = gpu.allocate("bench", bytes);
    owned.push(ref);
    return ref;
  };
  const at = (ref: BufferRef): BufferRef => {
    const place = places.get(ref.id);
    if (place === undefined) {
      const bytes = Math.max(kept.get(ref.id)?.bytes ?? 0, ref.offset + ref.bytes);
      kept.set(ref.id, { id: ref.id, offset: 0, bytes });
      return ref;
    }
    return { ...place, offset: ref.offset, bytes: ref.bytes };
  };
  const actions: (() => void)[] = [];
  for (const command of commands) {
    if (command.kind === "allocate") {
      const { id, bytes } = command.buffer;
      places.set(id, (uploaded.has(id) ? undefined : spare.get(bytes)?.shift()) ?? take(bytes));
    } else if (command.kind === "free") {
      const place = places.get(command.buffer.id);
      if (place === undefined || uploaded.has(command.buffer.id)) continue;
      spare.set(place.bytes, [...(spare.get(place.bytes) ?? []), place]);
    } else if (command.kind === "upload") {
      const values = uploads.get(command.buffer);
      if (values !== undefined) gpu.upload(at(command.buffer), values);
    } else if (command.kind === "copy") {
      const [from, to] = [at(command.from), at(command.to)];
      actions.push(() => gpu.copy(command.op, from, to));
    } else if (command.kind === "dispatch") {
      const buffers = Object.fromEntries(Object.entries(command.buffers).map(([name, ref]) => [name, at(ref)]));
      const { kind: _, code: __, ...dispatch } = command;
      actions.push(() => gpu.dispatch({ ...dispatch, buffers }));
    }
  }
  return {
    run() {
      for (const action of actions) action();
      gpu.submit();
    },
    kept: [...kept.values()],
    close() {
      for (const ref of owned) gpu.release(ref);
    },
  };
}
