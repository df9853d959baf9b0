import type { BufferRef, Dispatch } from "./command.ts";
import type { Kernel } from "./kernel.ts";
import { specialise } from "./specialise.ts";
import { type Slot, TEXTURE_FORMAT, type TextureCopy } from "./textureCopies.ts";

export interface Pipeline {
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** The WGSL text that it was made from. */
  readonly code: string;
}

/** What a binding refers to: a range of a buffer, or the texture that holds a copy of it. */
export interface Binding {
  readonly ref: BufferRef;
  readonly slot: Slot;
  readonly copy: TextureCopy | undefined;
}

/** What determines a pipeline. */
type Wanted = Required<Omit<Dispatch, "buffers" | "workgroups">>;

const MAX_BIND_GROUPS = 8192; // far below the 65,000 live objects that a driver tolerates

/**
 * Pipelines by kernel and constants, and bind groups by pipeline and buffers, made once and kept.
 */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<Kernel, Map<string, Pipeline>>();
  #made = 0;
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  readonly #bindGroupsOf = new Map<number, string[]>(); // keys by the slot's or copy's id

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** How many pipelines were made so far. */
  get made(): number {
    return this.#made;
  }

  /**
   * The pipeline for a kernel with these constants. Its label names the op that first needed it, so
   * that the device's errors name an op.
   */
  get({ op, kernel, constants, params, specialised }: Wanted): Pipeline {
    let key = "";
    // Every dispatch makes a key, so no JSON is used here.
    for (const name in constants) key += `${name} ${constants[name]} `;
    for (const name of specialised) key += `params.${name} ${params[name]} `;
    const variants = this.#pipelines.get(kernel) ?? new Map<string, Pipeline>();
    const known = variants.get(key);
    if (known !== undefined) return known;
    const fixed = specialised.map((name) => [name, params[name] ?? Number.NaN] as const);
    const code = specialise(kernel, constants, Object.fromEntries(fixed));
    const label = `${op} (${kernel.name} ${key.trim()})`;
    const layout = this.#device.createBindGroupLayout({ label, entries: layoutEntries(kernel) });
    const pipeline = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ label, code }) },
    });
    const made = { id: this.#made++, pipeline, layout, code };
    this.#pipelines.set(kernel, variants.set(key, made));
    return made;
  }

  /**
   * The bind group for these buffers. Binding 0 is a window of 256 bytes of `uniforms`, moved by
   * the dynamic offset; storage bindings follow.
   */
  bindGroup(op: string, { id, layout }: Pipeline, uniforms: GPUBuffer, bindings: readonly Binding[]): GPUBindGroup {
    let key = String(id);
    for (const { ref, slot, copy } of bindings)
      key += copy === undefined ? `,${slot.id}:${ref.offset}:${ref.bytes}` : `,${copy.id}`;
    const known = this.#bindGroups.get(key);
    if (known !== undefined) return known;
    if (this.#bindGroups.size >= MAX_BIND_GROUPS) {
      this.#bindGroups.clear();
      this.#bindGroupsOf.clear();
    }
    const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: { buffer: uniforms, offset: 0, size: 256 } }];
    bindings.forEach(({ ref, slot, copy }, i) => {
      const { buffer } = slot;
      // rounded up to whole vec4s
      const size = Math.min(buffer.size - ref.offset, Math.ceil(ref.bytes / 16) * 16);
      entries.push({ binding: i + 1, resource: copy?.view ?? { buffer, offset: ref.offset, size } });
      const owner = (copy ?? slot).id;
      const keys = this.#bindGroupsOf.get(owner) ?? [];
      keys.push(key);
      this.#bindGroupsOf.set(owner, keys);
    });
    const bindGroup = this.#device.createBindGroup({ label: op, layout, entries });
    this.#bindGroups.set(key, bindGroup);
    return bindGroup;
  }

  /** Drops the bind groups of a buffer or a texture copy that is destroyed. */
  forget({ id }: { readonly id: number }): void {
    for (const key of this.#bindGroupsOf.get(id) ?? []) this.#bindGroups.delete(key);
    this.#bindGroupsOf.delete(id);
  }
}

/**
 * The layout of a kernel's bind group: params, then what it reads and writes, in the shader's
 * order.
 */
export function layoutEntries(kernel: Kernel): GPUBindGroupLayoutEntry[] {
  const entries: GPUBindGroupLayoutEntry[] = [
    { binding: 0, visibility: 4, buffer: { type: "uniform", hasDynamicOffset: true } },
  ];
  for (const [name, access] of Object.entries(kernel.buffers)) {
    const common = { binding: entries.length, visibility: 4 };
    const storageTexture = { access: "read-only", format: TEXTURE_FORMAT } as const;
    if (kernel.textures.includes(name)) entries.push({ ...common, storageTexture });
    else entries.push({ ...common, buffer: { type: access === "read" ? "read-only-storage" : "storage" } });
  }
  return entries;
}
