// A fault in the k-th call of the file system or the GPU, over a whole tiny run: training, going
// on, drawing, transport, and reading the record. `npm run test:faults -- --deep` goes through all
// calls, or through STRIDES of them at equal distances where there are more.
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { KINDS, type Wanted } from "../support/faultKinds.ts";
import { SCENES, type Scene, Stage } from "../support/faultStage.ts";
import { describe } from "../support/suite.ts";

const DEEP = process.env["BRENIER_DEEP"] === "1";
const SEED = Number(process.env["BRENIER_SEED"] ?? 1);
const FEW = 30; // faults in a run of all tests
const STRIDES = 25; // calls of each scene and kind of fault in a deep run
const WORKERS = DEEP ? 2 : 1; // a deep run has the machine for itself

/** Every kind of fault: in one call and, where a command survives it, in all later ones as well. */
const FAULTS = (["fs", "gpu"] as const).flatMap((seam) =>
  KINDS[seam].flatMap((kind) => {
    const once = { seam, kind, sticky: false };
    return kind.startsWith("kill") ? [once] : [once, { ...once, sticky: true }];
  }),
);

type Case = readonly [scene: Scene, wanted: Wanted];

const random = hostRandom(SEED, 0);
const below = (n: number): number => Math.floor(n * random.uniform());

/** Faults in calls at random, of scenes and kinds at random. */
function few(stage: Stage): readonly Case[] {
  const cases: Case[] = [];
  while (cases.length < FEW) {
    const scene = SCENES[below(SCENES.length)] as Scene;
    const fault = FAULTS[below(FAULTS.length)] as (typeof FAULTS)[number];
    const count = stage.count(scene, fault);
    if (count > 0) cases.push([scene, { ...fault, at: below(count) }]);
  }
  return cases;
}

/** Faults in all calls, or in calls at equal distances from one at random. */
function all(stage: Stage): readonly Case[] {
  return SCENES.flatMap((scene) =>
    FAULTS.flatMap((fault) => {
      const count = stage.count(scene, fault);
      const stride = Math.ceil(count / STRIDES);
      const calls: Case[] = [];
      for (let at = below(stride); at < count; at += stride) calls.push([scene, { ...fault, at }]);
      return calls;
    }),
  );
}

describe("injector", {
  async [`faults in any call end in one line and whole files, and the same bytes follow (seed ${SEED})`]() {
    const stages = [await Stage.make()];
    while (stages.length < WORKERS) stages.push(await Stage.make());
    const cases = (DEEP ? all : few)(stages[0] as Stage);
    const queue = cases.values();
    const wrong: string[] = [];
    const work = async (stage: Stage): Promise<void> => {
      for (const [scene, wanted] of queue) {
        try {
          await stage.hold(scene, wanted);
        } catch (error) {
          wrong.push((error as Error).message);
          process.stderr.write(`${wrong.at(-1)}\n`);
        }
      }
    };
    await Promise.all(stages.map(work));
    assert.is(wrong.length, 0, `${wrong.length} of ${cases.length} faults (seed ${SEED}):\n${wrong.join("\n")}`);
  },
});
