// A whole tiny run, command by command, with a fault in one call, and then the next command: the
// run goes on with `--resume`, or the same command comes again.
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import type { Fault, Told, Wanted } from "./faultKinds.ts";
import { type Ending, holdEnding, holdSame, holdWhole } from "./faultOracle.ts";

const INJECT = fileURLToPath(new URL("inject.js", import.meta.url));
/** Milliseconds after which a command counts as hanging; a lock is silent for 60 s at most. */
const LONGEST = 120_000;

/** A command of the tiny run. */
export interface Scene {
  readonly name: string;
  readonly command: readonly string[];
  /** Name of the file or folder that it makes or completes, where there is one. */
  readonly target?: string;
  /** Whether the command goes on with a run that was killed in its transport. */
  readonly stopped?: true;
}

const words = (text: string): readonly string[] => text.split(" ");
const TRAIN = words(
  "train --data images --limit 8 --epochs 10 --batch 4 --latent 2 --chi2 5 --samples 4 --seed 1 --audit " +
    "--checkpoint 15 --out run",
);
const RESUME = words("train --resume run --checkpoint 15");

/** The commands, each on what the ones before it made; `whole` is the run that the first made. */
export const SCENES: readonly Scene[] = [
  { name: "train", command: TRAIN, target: "run" },
  { name: "resume", command: RESUME, target: "run", stopped: true },
  { name: "generate a grid", command: words("generate whole --count 4 --out four.png"), target: "four.png" },
  { name: "generate a folder", command: words("generate whole --count 4 --out four"), target: "four" },
  { name: "generate an array", command: words("generate whole --count 4 --out four.npy"), target: "four.npy" },
  { name: "transport", command: words("transport points.csv --chi2 1 --out cloud"), target: "cloud" },
  { name: "transport --exact", command: words("transport points.csv --exact --out cloud"), target: "cloud" },
  { name: "audit trace", command: words("audit trace whole --out trace.json"), target: "trace.json" },
  { name: "audit verify", command: words("audit verify whole") },
];

/** Runs a command in `folder`, with the calls counted and perhaps a fault in one of them. */
async function run(folder: string, command: readonly string[], wanted?: Wanted): Promise<Ending> {
  const [entry, ...args] = command;
  const report = join(folder, "told.json");
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    BRENIER_FAMILY: "portable", // compiles fastest
    BRENIER_CACHE: join(folder, "cache"),
    TMPDIR: join(folder, "tmp"),
  };
  if (wanted !== undefined) env["BRENIER_FAULT"] = JSON.stringify({ ...wanted, report } satisfies Fault);
  const program = [join(process.cwd(), "dist", `${entry}.js`), ...args];
  const child = spawn(process.execPath, wanted === undefined ? program : ["--import", INJECT, ...program], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err, late] = ["", "", false];
  child.stdout.on("data", (data: Buffer) => {
    out += data;
  });
  child.stderr.on("data", (data: Buffer) => {
    err += data;
  });
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, LONGEST);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ending: [number | null, NodeJS.Signals | null]) => resolve(ending));
  });
  clearTimeout(timer);
  assert.not.ok(late, `${command.join(" ")} took longer than ${LONGEST} ms\n${err}`);
  const told: Told = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { counts: {}, hit: undefined };
  rmSync(report, { force: true });
  // Dawn warns of limits in each process.
  return { ...told, code, signal, out, err: err.replace(/^Warning: max.*\n/gm, "") };
}

/** The tiny run, undisturbed: what the faults are compared with. */
export class Stage {
  /** Where commands run. */
  readonly #folder: string;
  /** What the target of each scene must become, and the stopped run. */
  readonly #kept: string;
  readonly #right = new Map<Scene, Ending>();
  #files: readonly string[] = [];

  private constructor() {
    const base = mkdtempSync(join(tmpdir(), "brenier-faults-"));
    process.once("exit", () => rmSync(base, { recursive: true, force: true }));
    [this.#folder, this.#kept] = [join(base, "work"), join(base, "kept")];
    for (const folder of [this.#kept, this.#folder, this.#at("images"), this.#at("tmp")]) mkdirSync(folder);
    for (let n = 0; n < 8; n++) {
      const pixels = Uint8Array.from({ length: 16 }, (_, i) => ((n + 1) * (i + 3) * 37) % 256);
      writeFileSync(this.#at(`images/${n}.png`), encodePng({ height: 4, width: 4, channels: 1, pixels }));
    }
    writeFileSync(this.#at("points.csv"), "0,0\n0,1\n1,0\n1,1.5\n");
  }

  /** Runs all commands in a temporary folder, and keeps what each makes. */
  static async make(): Promise<Stage> {
    const stage = new Stage();
    for (const scene of SCENES) await stage.#rehearse(scene);
    return stage;
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }

  async #rehearse(scene: Scene): Promise<void> {
    const { command, target, stopped } = scene;
    this.#files = readdirSync(this.#folder);
    if (stopped) cpSync(join(this.#kept, "stopped"), this.#at("run"), { recursive: true });
    const ending = await run(this.#folder, command, { seam: "none", kind: "", at: -1, sticky: false });
    assert.is(ending.code, 0, ending.err);
    this.#right.set(scene, ending);
    if (target === undefined) return;
    // A run that went on must be what it would have been without a stop.
    if (stopped) holdSame(this.#at(target), join(this.#kept, "train", target), "");
    cpSync(this.#at(target), join(this.#kept, scene.name, target), { recursive: true });
    if (command === TRAIN) {
      renameSync(this.#at("run"), this.#at("whole"));
      // three quarters of all calls: in the transport, between two checkpoints
      const at = Math.floor(0.75 * this.count(scene, { seam: "fs", kind: "kill" }));
      const killed = await run(this.#folder, TRAIN, { seam: "fs", kind: "kill", at, sticky: false });
      assert.is(killed.signal, "SIGKILL", killed.err);
      renameSync(this.#at("run"), join(this.#kept, "stopped"));
    } else rmSync(this.#at(target), { recursive: true });
  }

  /** How many calls of a scene a kind of fault can strike. */
  count(scene: Scene, { seam, kind }: Pick<Wanted, "seam" | "kind">): number {
    return this.#right.get(scene)?.counts[`${seam} ${kind}`] ?? 0;
  }

  /**
   * Runs a scene with a fault and holds all that was promised; returns what happened.
   * AssertionError naming the fault and the command.
   */
  async hold(scene: Scene, wanted: Wanted): Promise<string> {
    const { seam, kind, at, sticky } = wanted;
    this.#clear(scene);
    if (scene.stopped) cpSync(join(this.#kept, "stopped"), this.#at("run"), { recursive: true });
    const before = this.#rest();
    const ending = await run(this.#folder, scene.command, wanted);
    const { hit } = ending;
    const what =
      `${scene.name}: ${seam} ${kind} ${sticky ? "from" : "at"} call ${at}` +
      (hit === undefined ? ", which did not come" : `, ${hit.call} ${hit.path}`);
    try {
      const right = this.#right.get(scene) as Ending;
      holdEnding(scene.command[0] as string, wanted, ending, right);
      const target = scene.target === undefined ? undefined : this.#at(scene.target);
      if (target !== undefined && existsSync(target)) holdWhole(target);
      this.#holdNoRest(ending, sticky, before);
      await this.#recover(scene, ending);
    } catch (error) {
      const { message, details } = error as Error & { details?: string };
      throw new Error(`${what}: ${message}${details || ""}\n${ending.err.split("\n").slice(-4).join("\n")}`, {
        cause: error,
      });
    }
    return `${what}: ${ending.signal ?? `exit ${ending.code}`}`;
  }

  /** Temporary files and locks. */
  #rest(): readonly string[] {
    const names = readdirSync(this.#folder, { recursive: true, encoding: "utf8" });
    return names.filter((name) => /\.tmp$|\.lock$|^tmp\/./.test(name));
  }

  /** A command that failed of itself leaves no temporary file and no lock. */
  #holdNoRest({ signal, hit }: Ending, sticky: boolean, before: readonly string[]): void {
    // A removal that fails leaves what it was to remove.
    if (signal !== null || sticky || hit?.call === "rmSync" || hit?.path.endsWith("run.lock")) return;
    const left = this.#rest().filter((name) => !before.includes(name));
    assert.equal(left, [], "left behind");
  }

  /**
   * Goes on, which a complete run allows, too, or begins anew where there is nothing to go on with;
   * ends with the right bytes.
   */
  async #recover(scene: Scene, ending: Ending): Promise<void> {
    const { target } = scene;
    if (ending.code === 0 && target !== "run") return this.#holdSame(scene, ending, ending.err);
    const resumes = target === "run" && existsSync(this.#at(`${target}/config.json`));
    if (!resumes && target !== undefined) rmSync(this.#at(target), { recursive: true, force: true });
    // By the time of the next command an hour has passed.
    const old = Date.now() / 1000 - 3700;
    for (const name of readdirSync(this.#folder)) if (name.endsWith(".tmp")) utimesSync(this.#at(name), old, old);
    const again = await run(this.#folder, resumes ? RESUME : scene.command);
    assert.is(again.code, 0, `afterwards: ${again.err}`);
    this.#holdSame(scene, again, ending.err);
  }

  /** What the command made is what it makes undisturbed, and nothing else is there. */
  #holdSame(scene: Scene, { out }: Ending, told: string): void {
    const { target, name } = scene;
    if (target === undefined) assert.is(out, this.#right.get(scene)?.out);
    else holdSame(this.#at(target), join(this.#kept, name, target), told);
    const beside = readdirSync(this.#folder).filter((file) => file !== target && !this.#files.includes(file));
    assert.equal(beside, [], "files beside the target");
  }

  /** Removes what an earlier fault left. */
  #clear({ target }: Scene): void {
    const left = readdirSync(this.#folder).filter((name) => !this.#files.includes(name) || name === target);
    for (const name of [...left, "tmp"]) rmSync(this.#at(name), { recursive: true, force: true });
    mkdirSync(this.#at("tmp"));
  }
}
