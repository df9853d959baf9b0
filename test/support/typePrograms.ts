// Strict programs of users beside the declarations of the package, as they are published.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";

const compile = (tsc: string, cwd: string, args: readonly string[]) => {
  const { status, stdout } = spawnSync(process.execPath, [resolve(tsc), ...args], { cwd, encoding: "utf8" });
  return { status, stdout };
};

const PROGRAMS = {
  /** For any runtime: it gets a device from elsewhere. */
  "core.ts": `
    import { add, type Device, Engine, mse, type Operand, type Tensor, valueAndGrad, where } from "brenier";
    import { nearestNeighbours } from "brenier/metrics";
    import { NETWORKS, type Network } from "brenier/models";
    import { points, type Points } from "brenier/ot";
    import { localTunings, openGpu, type OpenedGpu } from "brenier/web";
    export const opening = (): Promise<OpenedGpu> => openGpu({ cache: localTunings() });

    export function step(device: Device): readonly number[] {
      const engine = new Engine(device, { family: "portable" });
      using x = engine.tensor([1, 2]);
      const y: Tensor = engine.scope(() => valueAndGrad([x], () => mse(add(x, x), engine.ones([2]))).gradients[0]);
      y.dispose();
      return y.shape;
    }
    export const shifted = (x: Tensor, by: Operand): readonly Tensor[] => [add(2, x), add(x, by), where(x, by, -1)];
    // @ts-expect-error: one operand is a tensor
    export const three = (): Tensor => add(1, 2);
    // @ts-expect-error: texts are no operands
    export const text = (x: Tensor): Tensor => add(x, "2");
    export const network: Network = Object.values(NETWORKS)[0]!;
    export const square: Points = points("square", new Float32Array(8), 4);
    export const functions: readonly Function[] = [nearestNeighbours];
    // @ts-expect-error: a number is no device
    export const none = new Engine(1);
  `,
  /** A device by the types of WebGPU, wherever these come from. */
  "device.ts": `
    import { Engine } from "brenier";
    export const open = async (adapter: GPUAdapter): Promise<Engine> => new Engine(await adapter.requestDevice());
    export const share = (engine: Engine, buffer: GPUBuffer): GPUBuffer => engine.lend(engine.adopt(buffer, [4])).buffer;
  `,
  "node.ts": `
    import { readRecord, recordAudit } from "brenier/audit";
    import { openGpu } from "brenier/node";
    export async function main(): Promise<number> {
      await using gpu = await openGpu();
      using x = gpu.tensor([1, 2]);
      return (await gpu.read(x)).length;
    }
    export const functions: readonly Function[] = [readRecord, recordAudit];
  `,
} as const;

/** What a program has beside the package. */
export interface Beside {
  readonly files: readonly (keyof typeof PROGRAMS)[];
  readonly lib: string;
  readonly types: string;
  /** Beside `@webgpu/types` alone: it names types of the DOM library, and contradicts others. */
  readonly skipLibCheck?: boolean;
}

export const BESIDE: Readonly<Record<string, Beside>> = {
  "nothing else": { files: ["core.ts"], lib: "es2022", types: "" },
  "the DOM library": { files: ["core.ts", "device.ts"], lib: "es2022,dom", types: "" },
  "Node's types": { files: ["core.ts", "node.ts"], lib: "es2022", types: "node" },
  "Node's types and the DOM library": {
    files: ["core.ts", "device.ts", "node.ts"],
    lib: "es2022,dom",
    types: "node",
  },
  "@webgpu/types": { files: ["core.ts", "device.ts"], lib: "es2022", types: "@webgpu/types", skipLibCheck: true },
  "@webgpu/types, Node's types and the DOM library": {
    files: ["core.ts", "device.ts", "node.ts"],
    lib: "es2022,dom",
    types: "@webgpu/types,node",
    skipLibCheck: true,
  },
};

const newest = "node_modules/typescript/bin/tsc";

/** A folder with the package as it is published and what its users may have beside it. */
function install(): string {
  const folder = mkdtempSync(join(tmpdir(), "brenier-types-"));
  const installed = join(folder, "node_modules");
  const own = join(installed, "brenier");
  for (const scope of ["@types", "@webgpu", "brenier"]) mkdirSync(join(installed, scope), { recursive: true });
  for (const name of ["@types/node", "@webgpu/types", "undici-types"]) {
    symlinkSync(resolve("node_modules", name), join(installed, name), "junction");
  }
  cpSync("package.json", join(own, "package.json"));
  const { status, stdout } = compile(newest, ".", ["-p", ".", "--emitDeclarationOnly", "--outDir", join(own, "dist")]);
  assert.is(status, 0, stdout);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Tests, by what programs have beside the package, that a compiler finds no error in them. */
export function typeChecks(
  beside: Readonly<Record<string, Beside>>,
  tsc: string = newest,
): Readonly<Record<string, () => void>> {
  const folder = install();
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const check = ({ files, lib, types, skipLibCheck = false }: Beside): void => {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck,
      target: "es2022",
      module: "nodenext",
      lib: lib.split(","),
      types: types === "" ? [] : types.split(","),
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const { status, stdout } = compile(tsc, folder, ["-p", "."]);
    assert.is(status, 0, stdout);
  };
  return Object.fromEntries(
    Object.entries(beside).map(([name, its]) => [`type-check beside ${name}`, () => check(its)]),
  );
}
