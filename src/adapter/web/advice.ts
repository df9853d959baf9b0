// What a user has to do in a runtime that gives no adapter.

/** A runtime that gave no adapter, as far as that decides what to do. */
export interface Without {
  readonly userAgent: string;
  /** False for a page that came neither by https nor from this machine. */
  readonly secure: boolean;
  /** Whether it has `navigator.gpu`, and so WebGPU, but no adapter. */
  readonly webgpu: boolean;
}

const KINDS: readonly (readonly [pattern: RegExp, without: string, withWebgpu: string])[] = [
  [
    /^Deno\//,
    "take Deno 2.9 or later",
    "install a Vulkan driver; mesa-vulkan-drivers 23.2 or later is one for machines without a GPU",
  ],
  [/^(?:Node\.js|Bun)\//, "take `openGpu` of `brenier/node`", "take `openGpu` of `brenier/node`"],
  [
    /Firefox\//,
    "update Firefox, or set `dom.webgpu.enabled` to true in about:config",
    "see about:support; `gfx.webgpu.ignore-blocklist` in about:config admits drivers that Firefox blocks",
  ],
  [
    /Android.*Chrom(?:e|ium)\//,
    "update the browser: WebGPU takes Chrome 121 on Android 12 or later",
    "see chrome://gpu; chrome://flags/#enable-unsafe-webgpu admits GPUs that Chrome blocks",
  ],
  [
    /Chrom(?:e|ium)\//,
    "update the browser to version 113 or later; on Linux start it with --enable-unsafe-webgpu",
    "see chrome://gpu; start the browser with --enable-unsafe-webgpu --enable-features=Vulkan, or, to compute on the " +
      "CPU, with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader",
  ],
  [
    /AppleWebKit\//,
    "update to Safari 26, or turn on WebGPU among Safari's feature flags; Lockdown Mode turns it off",
    "turn off Lockdown Mode, and see whether WebGPU is on among Safari's feature flags",
  ],
];

/** What to do, in one line. */
export function adviceFor({ userAgent, secure, webgpu }: Without): string {
  if (!webgpu && !secure) return "serve the page by https, or from localhost: browsers give WebGPU to no other page";
  const kind = KINDS.find(([pattern]) => pattern.test(userAgent));
  return kind?.[webgpu ? 2 : 1] ?? "take a runtime with WebGPU, such as a browser of 2025 or later, or Deno";
}
