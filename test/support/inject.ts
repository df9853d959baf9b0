// Loaded before a command by `node --import`: counts its calls of the file system and the GPU, and
// lets the k-th of those that a kind of fault can strike fail. No source file knows of it, since
// the functions of node:fs and the methods of the package `webgpu` are replaced.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { type Fault, KINDS, type Told } from "./faultKinds.ts";

// biome-ignore lint/suspicious/noExplicitAny: functions of any kind are wrapped
type Any = any;

const fs: Record<string, Any> = createRequire(import.meta.url)("node:fs");
const { writeFileSync } = fs;
const { seam, kind, at, sticky, report } = JSON.parse(process.env["BRENIER_FAULT"] as string) as Fault;

const told: Told = { counts: {}, hit: undefined };
/** Writes what happened; called before the process can end. */
const tell = (): void => writeFileSync(report, JSON.stringify(told));
process.on("exit", tell);

/**
 * Counts a call for the kinds of faults that can strike it; returns whether the wanted one does.
 */
function strikes(seamOfCall: keyof typeof KINDS, kinds: readonly string[], call: string, path = ""): boolean {
  let struck = false;
  for (const name of kinds) {
    const key = `${seamOfCall} ${name}`;
    const number = told.counts[key] ?? 0;
    told.counts[key] = number + 1;
    if (seamOfCall === seam && name === kind) struck = number === at || (sticky && at >= 0 && number > at);
  }
  if (struck && told.hit === undefined) {
    told.hit = { call, path };
    tell();
  }
  if (struck && kind === "kill") kill();
  return struck;
}

function kill(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;); // the signal comes at once
}

const TEXTS: Readonly<Record<string, string>> = {
  EIO: "i/o error",
  ENOSPC: "no space left on device",
  EMFILE: "too many open files",
};

/** An error like Node's own, which names the file only where the call was given its name. */
function failure(code: string, name: string, file: unknown): Error {
  const syscall = name.replace(/Sync$/, "").replace(/File$/, "");
  const path = typeof file === "number" ? "" : ` '${file}'`;
  return Object.assign(new Error(`${code}: ${TEXTS[code]}, ${syscall}${path}`), { code, syscall });
}

/** Calls that can find a full disk, besides opening for writing. */
const WRITES: readonly string[] = [
  "writeSync",
  "writeFileSync",
  "fsyncSync",
  "ftruncateSync",
  "mkdirSync",
  "mkdtempSync",
  "renameSync",
  "linkSync",
  "symlinkSync",
  "copyFileSync",
  "closeSync",
];

/** The kinds of faults that can strike a call. */
function kindsOf(name: string, args: readonly Any[]): readonly string[] {
  const opens = ["openSync", "readFileSync", "readdirSync", "mkdtempSync", "opendirSync"].includes(name);
  const fills = WRITES.includes(name) || (name === "openSync" && args[1] !== undefined && args[1] !== "r");
  const writes = name === "writeSync" || name === "writeFileSync";
  return KINDS.fs.filter((one) => {
    if (one === "ENOSPC") return fills;
    if (one === "EMFILE") return opens;
    if (one === "short") return name === "writeSync" || name === "readSync";
    if (one === "torn" || one === "killTorn") return writes;
    return true;
  });
}

/** The arguments of a call that reads or writes only half; undefined for a single byte. */
function halved(name: string, [file, data, ...rest]: readonly Any[]): readonly Any[] | undefined {
  const bytes: Uint8Array = typeof data === "string" ? new TextEncoder().encode(data) : data;
  if (name === "writeFileSync") return [file, bytes.subarray(0, bytes.length >> 1), ...rest];
  const [offset, length, position] = typeof data === "string" ? [0, bytes.length, rest[0]] : rest;
  const from = offset ?? 0;
  const half = (length ?? bytes.length - from) >> 1;
  return half === 0 ? undefined : [file, bytes, from, half, position ?? null];
}

/** What Node reads to load the program is not the program's own call. */
const LOADER = /node_modules|\.[cm]?js$|\.node$/;

function wrapFs(): void {
  const open = new Map<number, string>(); // paths of the open files
  let inside = false; // some functions call others
  for (const name of Object.keys(fs).filter((key) => key.endsWith("Sync"))) {
    const real = fs[name];
    const wrapped = (...args: Any[]): Any => {
      const path = typeof args[0] === "number" ? open.get(args[0]) : String(args[0] ?? "");
      if (inside || path === undefined || LOADER.test(path)) return real(...args);
      const call = (given: readonly Any[]): Any => {
        inside = true;
        try {
          return real(...given);
        } finally {
          inside = false;
        }
      };
      const struck = strikes("fs", kindsOf(name, args), name, path);
      if (struck && ["short", "torn", "killTorn"].includes(kind)) {
        const half = halved(name, args);
        if (kind === "short") return call(half ?? args);
        if (half !== undefined) call(half);
        if (kind === "killTorn") kill();
        throw failure("ENOSPC", name, args[0]);
      }
      if (struck && name === "existsSync") return false; // as on every error
      if (name === "closeSync") open.delete(args[0]);
      if (struck) {
        if (name === "closeSync") call(args); // the descriptor is free whatever `close` returns
        throw failure(kind, name, args[0]);
      }
      const result = call(args);
      if (name === "openSync") open.set(result, path);
      return result;
    };
    fs[name] = Object.assign(wrapped, real); // some have properties, such as realpathSync.native
  }
  syncBuiltinESMExports();
}

/** The methods that are counted, by class. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  GPU: ["requestAdapter"],
  GPUAdapter: ["requestDevice"],
  GPUDevice: [
    "createBuffer",
    "createTexture",
    "createBindGroup",
    "createBindGroupLayout",
    "createPipelineLayout",
    "createShaderModule",
    "createComputePipeline",
    "createCommandEncoder",
    "createQuerySet",
  ],
  GPUQueue: ["submit", "writeBuffer", "onSubmittedWorkDone"],
  GPUBuffer: ["mapAsync", "getMappedRange"],
  GPUCommandEncoder: ["beginComputePass", "copyBufferToBuffer", "copyBufferToTexture", "finish"],
  GPUComputePassEncoder: ["dispatchWorkgroups"],
};

/** Methods without a result, which have no effect when the device reports an error. */
const DROPPED = ["submit", "writeBuffer", "copyBufferToBuffer", "copyBufferToTexture", "dispatchWorkgroups"];

async function wrapGpu(): Promise<void> {
  const { create, globals } = (await import("webgpu")) as unknown as {
    create: (flags: string[]) => object;
    globals: Record<string, Any>;
  };
  const { createBuffer } = globals["GPUDevice"].prototype;
  let device: Any;
  for (const [type, names] of Object.entries(METHODS)) {
    const prototype = type === "GPU" ? Object.getPrototypeOf(create([])) : globals[type].prototype;
    for (const name of names) {
      const real = prototype[name];
      prototype[name] = function (this: Any, ...args: Any[]): Any {
        const struck = strikes("gpu", KINDS.gpu, `${type}.${name}`);
        if (!struck || kind === "lost") {
          if (struck) device?.destroy();
          const result = real.apply(this, args);
          if (name !== "requestDevice") return result;
          return result.then((opened: Any) => {
            device = opened;
            return opened;
          });
        }
        if (name === "requestAdapter") return Promise.resolve(null);
        if (name === "requestDevice") return Promise.reject(new DOMException("no device", "OperationError"));
        // Dawn rejects with an empty message.
        if (name === "mapAsync" || name === "onSubmittedWorkDone")
          return Promise.reject(new DOMException("", "OperationError"));
        if (kind === "throw") throw new TypeError(`${name} failed`);
        // The device reports an error and makes an object that cannot be used.
        const { size = 16 } = name === "createBuffer" ? args[0] : {};
        const broken = createBuffer.call(device, { size, usage: 0xffff });
        if (name === "createBuffer") return broken;
        return DROPPED.includes(name) ? undefined : real.apply(this, args);
      };
    }
  }
}

if (seam !== "gpu") wrapFs();
if (seam !== "fs") await wrapGpu();
