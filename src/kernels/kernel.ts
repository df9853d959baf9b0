/**
 * What TypeScript knows about one WGSL file. Instances are generated from `shaders/` by
 * scripts/generate-shaders.mjs.
 */
export interface Kernel {
  readonly name: string;
  /** First 16 hex digits of the sha256 of `code`. */
  readonly digest: string;
  /**
   * The file's `const NAME: type = value; //@constant` lines: the values that a caller may set,
   * with their defaults.
   */
  readonly constants: Readonly<Record<string, number | boolean>>;
  readonly params: Readonly<Record<string, Scalar>>;
  readonly buffers: Readonly<Record<string, Access>>;
  /**
   * Names of the buffers that the shader reads as textures, into which the queue copies them: CPU
   * drivers read textures several times as fast as buffers.
   */
  readonly textures: readonly string[];
  /** The type of each buffer's values, as its declaration gives it. */
  readonly dtypes: Readonly<Record<string, Dtype>>;
  readonly code: string;
  /**
   * The file's `//@flops` line: useful additions, multiplications and calls of functions of one
   * dispatch.
   */
  flops(params: Readonly<Record<string, number>>, workgroups: Workgroups): number;
}

export type Scalar = "u32" | "i32" | "f32";
export type Dtype = "f32" | "u32";
export type Access = "read" | "read_write";
export type Constants = Readonly<Record<string, number | boolean>>;

/** One number per field of the shader's `Params` struct. */
export type ParamsOf<K extends Kernel> = { readonly [N in keyof K["params"]]: number };
/** One buffer per storage binding of the shader, under the shader's own names. */
export type BuffersOf<K extends Kernel, B> = { readonly [N in keyof K["buffers"]]: B };
/**
 * A value for any of the shader's `//@constant` lines; the others keep their default. Where the
 * type does not tell which kernel it is, all names are allowed, and `specialise` checks them.
 */
export type ConstantsOf<K extends Kernel> = string extends keyof K["constants"]
  ? Constants
  : { readonly [N in keyof K["constants"]]?: K["constants"][N] extends boolean ? boolean : number };
export type Workgroups = readonly [x: number, y: number, z: number];
