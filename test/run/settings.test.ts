// Flags, config.json and defaults are made of one record.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { describeFlags, parseArguments, UsageError } from "../../src/cli/arguments.ts";
import { settingFlag } from "../../src/cli/settingFlag.ts";
import { DataError } from "../../src/formats/error.ts";
import { type RunConfig, readConfig } from "../../src/run/config.ts";
import { defaultsOf, PROFILES, SETTINGS, type Setting, type Settings } from "../../src/run/settings.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-settings-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const names = Object.keys(SETTINGS) as (keyof Settings)[];

/** A config with one setting changed. */
function configWith(name: keyof Settings, value: unknown): RunConfig {
  const { latent, network, ...rest } = { ...defaultsOf("cpu"), [name]: value };
  // As many values as the greatest dimension of codes, which is what the network pca can have.
  const model = { height: 32, width: 32, channels: 1, latent, network };
  return { version: "0", profile: "cpu", model, ...rest } as RunConfig;
}

function accepts(read: () => unknown, refusal: new (message: string) => Error): boolean {
  try {
    read();
    return true;
  } catch (error) {
    assert.instance(error, refusal);
    return false;
  }
}

const flagTakes = (name: keyof Settings, text: string): boolean =>
  accepts(() => parseArguments([`--x=${text}`], { x: settingFlag(name) }, []), UsageError);

function configTakes(name: keyof Settings, value: unknown): boolean {
  const path = join(folder, "config.json");
  writeFileSync(path, JSON.stringify(configWith(name, value)));
  return accepts(() => readConfig(path), DataError);
}

describe("settings", {
  "a flag takes a value if and only if config.json may hold it (seed 1, 50 values for each setting)"() {
    const edges = [0, 1, 2, 3, 1024, 1025, 10_000, 10_001, 1e6, 1e6 + 1, 1.1e6, 1e30, 1.1e30, Math.PI, 3.15, 0.5, -1];
    const number = fc.oneof(fc.constantFrom(...edges), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat());
    const word = fc.constantFrom("gaussian", "cube", "facet", "local", "small", "dcgan", "mnist", "plain", "Cube");
    let [taken, refused] = [0, 0];
    for (const name of names) {
      const { values } = SETTINGS[name];
      const value: fc.Arbitrary<number | string> = "choices" in values || values.kind === "text" ? word : number;
      fc.assert(
        fc.property(value, (v) => {
          // whole numbers are written out, since flags take no exponent for them
          const text = typeof v === "number" && Number.isSafeInteger(v) ? v.toFixed(0) : String(v);
          if (text === "-0") return;
          const takes = flagTakes(name, text);
          assert.is(configTakes(name, v), takes, `${name} ${v}`);
          if (takes) taken++;
          else refused++;
        }),
        { seed: 1, numRuns: 50, includeErrorInReport: true },
      );
    }
    assert.ok(taken > 100 && refused > 100, `${taken} taken, ${refused} refused`);
  },

  "defaults are values that both take, and --help prints them"() {
    for (const name of names) {
      const help = describeFlags({ x: settingFlag(name) });
      for (const profile of PROFILES) {
        const value = defaultsOf(profile)[name];
        assert.ok(flagTakes(name, String(value)), name);
        assert.ok(configTakes(name, value), name);
        assert.match(help, new RegExp(`\\(default .*${String(value)}.*\\)`), name);
      }
      const { default: initial } = SETTINGS[name] as Setting<unknown>;
      if (typeof initial === "object") assert.match(help, /\d on a CPU driver, \S+ on a GPU\)/);
    }
  },

  async "the help of each command has the defaults that it uses"() {
    const { data, batch, latent, theta, samples, seed } = defaultsOf("cpu");
    const [cpu, gpu] = PROFILES.map((profile) => defaultsOf(profile));
    const [otherCpu, otherGpu] = PROFILES.map((profile) => defaultsOf(profile, "small"));
    const train = await command(folder, "train", ["--help"]);
    for (const [flag, text] of [
      ["data NAME", data],
      ["batch N", `${batch}; other networks: ${otherCpu?.batch}`],
      ["latent N", latent],
      ["theta RADIANS", `${theta}; other networks: ${otherCpu?.theta}`],
      ["samples N", samples],
      ["seed N", seed],
      ["limit N", `${cpu?.limit} on a CPU driver, ${gpu?.limit} on a GPU`],
      [
        "epochs N",
        `${cpu?.epochs} on a CPU driver, ${gpu?.epochs} on a GPU; ` +
          `other networks: ${otherCpu?.epochs} on a CPU driver, ${otherGpu?.epochs} on a GPU`,
      ],
      ["chi2 X", `${cpu?.chi2} on a CPU driver, ${gpu?.chi2} on a GPU`],
      [
        "learning-rate X",
        `${cpu?.learningRate}; other networks: ${otherCpu?.learningRate} on a CPU driver, ${otherGpu?.learningRate} on a GPU`,
      ],
    ] as const) {
      assert.match(train.out, new RegExp(`^ {2}--${flag} .*\\(default ${text}\\)$`, "m"));
    }
    const generate = await command(folder, "generate", ["--help"]);
    assert.match(generate.out, new RegExp(`--count N .*\\(default ${samples}\\)`));
    assert.match(generate.out, /--theta RADIANS .*\(default that of the run\)/);
    const transport = await command(folder, "transport", ["--help"]);
    assert.match(transport.out, new RegExp(`--seed N .*\\(default ${seed}\\)`));
    assert.match(transport.out, /--chi2 X .*\(default 0\.02\)/);
  },
});
