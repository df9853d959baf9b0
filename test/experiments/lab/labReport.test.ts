import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { type Experiment, experiment } from "../../../src/experiments/lab/experiment.ts";
import { LabReport } from "../../../src/experiments/lab/labReport.ts";
import { RESULT, type Result } from "../../../src/experiments/lab/report.ts";
import { encodePng } from "../../../src/pictures/imageGrid.ts";
import { REPORT } from "../../../src/run/liveReport.ts";
import { curve, embedded, readPage } from "../../support/reportPage.ts";
import { describe } from "../../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-lab-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const name of ["results", "pictures"]) mkdirSync(join(folder, name));

const machine = { adapter: "a", driver: "b", processor: "c", cores: 2, brenier: "0", node: "20", webgpu: "0" };
const named = (name: string): Experiment =>
  experiment({
    name,
    title: `Does ${name} hold?`,
    data: [],
    configs: { cpu: {}, gpu: {} },
    work: () => 1,
    run: () => Promise.reject(new Error("is not run here")),
  });
const silent = { update() {}, begin() {}, end() {} };
const open = (): LabReport =>
  new LabReport(
    {
      folder,
      dataRoot: "data",
      seed: 1,
      progress: silent,
      experiments: [named("one"), named("two")],
      names: ["one", "two"],
      profile: "cpu",
    },
    machine,
  );
const page = (): string => readPage(join(folder, REPORT));

const png = encodePng({ height: 4, width: 4, channels: 1, pixels: new Uint8Array(16) });
const result: Result = {
  format: RESULT,
  experiment: "one",
  title: "Does one hold?",
  profile: "cpu",
  seed: 1,
  config: {},
  machine,
  seconds: { first: 2.5, second: 61 },
  findings: {
    claims: [
      { claim: "<all> modes", required: "8", reached: "8", met: true },
      { claim: "no mixing", required: "0 %", reached: "3 %", met: false, cause: "the map is continuous" },
    ],
    tables: [{ title: "Modes", columns: [{ name: "system" }, { name: "share", digits: 2 }], rows: [["GAN", 0.125]] }],
    pictures: [{ file: "one-dark.png", caption: "A dark picture." }],
  },
};

describe("report of experiments", {
  "before the first result it tells what is run and how to go on"() {
    const report = open();
    report.write();
    report.close();
    assert.is(embedded(page()).state, "running");
    assert.match(page(), `<code>node dist/reproduce.js one two --profile cpu --seed 1 --out ${folder}</code>`);
    assert.match(page(), "<dd>0<small>of 2</small></dd>");
  },

  "results are shown with their claims, the missed ones with their causes, tables and pictures"() {
    writeFileSync(join(folder, "results", "one.json"), JSON.stringify(result));
    writeFileSync(join(folder, "pictures", "one-dark.png"), png);
    const report = open();
    report.write({ state: "finished" });
    report.close();
    assert.match(
      page(),
      "<li><strong>no mixing: asked 0 %, reached 3 %.</strong> <span>the map is continuous</span></li>",
    );
    assert.match(page(), '<tr><th scope="row">&lt;all&gt; modes</th><td class="text">8</td>');
    assert.match(page(), '<tr class="off"><th scope="row">no mixing</th>');
    assert.match(page(), '<th scope="row">GAN</th><td class="number">0.13</td>');
    assert.ok(page().includes(Buffer.from(png).toString("base64")));
    assert.match(page(), "<dt>second</dt><dd>1 min 1 s</dd>");
    assert.match(page(), "<dd>1<small>of 2</small></dd>");
  },

  "curves outlive a stop; what is done again comes once, and close points are left out"() {
    const tell = (report: LabReport, from: number, to: number, shift: number): void => {
      for (let step = from; step <= to; step++)
        report.tell({ experiment: "one", what: "GAN", step, of: 1000, values: { loss: step + shift } });
    };
    const first = open();
    tell(first, 1, 600, 0);
    first.close();
    const second = open();
    tell(second, 401, 1000, 0.5);
    second.tell({ experiment: "one", what: "transport", step: 1, of: 9, values: { "χ²": 0.25, "learning rate": 2 } });
    second.write();
    second.close();
    const { x, lines } = curve(page(), "one: GAN");
    assert.ok(x.length >= 95 && x.length <= 105, `${x.length} points`);
    assert.equal([x[0], x.at(-1)], [1, 1000]);
    for (const [i, step] of x.entries()) {
      assert.ok(i === 0 || step > (x[i - 1] as number));
      assert.is(lines[0]?.values[i], step + (step > 400 ? 0.5 : 0));
    }
    const solved = curve(page(), "one: transport");
    assert.is(solved.log, true);
    assert.equal(
      solved.lines.map(({ label, apart }) => [label, apart]),
      [
        ["χ²", false],
        ["learning rate", true],
      ],
    );
    assert.not.match(page(), "The last 12 of");
  },

  "of many curves the last ones are drawn, which is told, with where the others are"() {
    const report = open();
    for (let k = 0; k < 13; k++) {
      report.tell({ experiment: "two", what: `network ${k}`, step: 1, of: 1, values: { loss: 1 } });
    }
    report.write();
    report.close();
    assert.match(page(), "The last 12 of 15; curves.jsonl among the files has the points of all.");
    curve(page(), "two: network 1");
    assert.is(embedded(page()).charts.length, 12);
  },
});
