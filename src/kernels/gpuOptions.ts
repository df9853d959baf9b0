import type { Command } from "./command.ts";
import type { Family, Tile } from "./family.ts";

export interface GpuOptions {
  /**
   * Called with every command before it runs, in the order in which they take effect. Nothing reaches the device past it. (An upload
   * overtakes dispatches that are recorded and not yet submitted, none of which uses its buffer.)
   */
  readonly onCommand?: (command: Command) => void;
  /**
   * Most bytes to hold on the device: of buffers, and of the images that kernels of CPU drivers read, each as large as its buffer. Default:
   * no limit but the device's own.
   */
  readonly byteLimit?: number;
  /** Forces a kernel family. Default: `subgroup` where a subgroup has 8 lanes, else `portable`; `src/node.ts` measures on GPUs. */
  readonly family?: Family | undefined;
  /** Forces the tile of family `tiled`. Default: the first of TILES that the device holds. */
  readonly tile?: Tile | undefined;
  /** How to wait for the device. `src/adapter/nap.ts` sleeps between polls on CPU adapters, where spinning steals a core. */
  readonly wait?: <T>(promise: Promise<T>) => Promise<T>;
}

/** `made` pipelines exist; the last is of `kernel`, made for `op`. */
export interface PipelineProgress {
  readonly op: string;
  readonly kernel: string;
  readonly made: number;
}
