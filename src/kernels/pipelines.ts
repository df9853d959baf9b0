import type { Slot } from "./buffers.ts";
import type { BufferRef } from "./command.ts";
import type { Constants, Kernel } from "./kernel.ts";
import { specialise } from "./specialise.ts";

export interface Pipeline {
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** The text that it was made of. */
  readonly code: string;
}

/** A storage binding: which part of which buffer. */
export interface Binding {
  readonly ref: BufferRef;
  readonly slot: Slot;
}

const MAX_BIND_GROUPS = 8192; // far below the 65,000 live objects that a driver stands

/** Pipelines by kernel and constants, and bind groups by pipeline and buffers, made once and kept. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<Kernel, Map<string, Pipeline>>();
  #made = 0;
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  readonly #bindGroupsOf = new Map<number, string[]>(); // keys by the slot's id

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** How many pipelines were made so far. */
  get made(): number {
    return this.#made;
  }

  /** Labelled with the op that first asked for it, so that the device's errors name one. */
  get(op: string, kernel: Kernel, constants: Constants, baked: Readonly<Record<string, number>>): Pipeline {
    let key = "";
    for (const name in constants) key += `${name} ${constants[name]} `; // on every dispatch: no JSON here
    for (const name in baked) key += `params.${name} ${baked[name]} `;
    const variants = this.#pipelines.get(kernel) ?? new Map<string, Pipeline>();
    const known = variants.get(key);
    if (known !== undefined) return known;
    const code = specialise(kernel, constants, baked);
    const label = `${op} (${kernel.name} ${key.trim()})`;
    const entries: GPUBindGroupLayoutEntry[] = [
      { binding: 0, visibility: 4, buffer: { type: "uniform", hasDynamicOffset: true } },
    ];
    Object.values(kernel.buffers).forEach((access, i) => {
      entries.push({
        binding: i + 1,
        visibility: 4,
        buffer: { type: access === "read" ? "read-only-storage" : "storage" },
      });
    });
    const layout = this.#device.createBindGroupLayout({ label, entries });
    const pipeline = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ label, code }) },
    });
    const made = { id: this.#made++, pipeline, layout, code };
    this.#pipelines.set(kernel, variants.set(key, made));
    return made;
  }

  /** Binding 0 is a window of 256 bytes of `uniforms`, moved by the dynamic offset; storage bindings follow. */
  bindGroup(op: string, { id, layout }: Pipeline, uniforms: GPUBuffer, bindings: readonly Binding[]): GPUBindGroup {
    let key = String(id);
    for (const { ref, slot } of bindings) key += `,${slot.id}:${ref.offset}:${ref.bytes}`;
    const known = this.#bindGroups.get(key);
    if (known !== undefined) return known;
    if (this.#bindGroups.size >= MAX_BIND_GROUPS) {
      this.#bindGroups.clear();
      this.#bindGroupsOf.clear();
    }
    const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: { buffer: uniforms, offset: 0, size: 256 } }];
    bindings.forEach(({ ref, slot: { id: slotId, buffer } }, i) => {
      const size = Math.min(buffer.size - ref.offset, Math.ceil(ref.bytes / 16) * 16); // whole vec4s
      entries.push({ binding: i + 1, resource: { buffer, offset: ref.offset, size } });
      const keys = this.#bindGroupsOf.get(slotId) ?? [];
      keys.push(key);
      this.#bindGroupsOf.set(slotId, keys);
    });
    const bindGroup = this.#device.createBindGroup({ label: op, layout, entries });
    this.#bindGroups.set(key, bindGroup);
    return bindGroup;
  }

  /** Drops the bind groups of a buffer that goes. */
  forget({ id }: Slot): void {
    for (const key of this.#bindGroupsOf.get(id) ?? []) this.#bindGroups.delete(key);
    this.#bindGroupsOf.delete(id);
  }
}
