// The report of a run: its numbers are the run's own, and the run does not depend on it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { visible } from "../../src/report/markup.ts";
import { duration, percent, short } from "../../src/report/words.ts";
import { type Gathered, LiveReport } from "../../src/run/liveReport.ts";
import { readJsonLines } from "../../src/run/runDirectory.ts";
import { command } from "../support/command.ts";
import { curve, embedded, readPage } from "../support/reportPage.ts";
import { describe } from "../support/suite.ts";
import { assertSameRun, FILES, REPORT, TINY, tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const path = (...names: string[]): string => join(folder, ...names);
const jsonOf = (...names: string[]) => JSON.parse(readFileSync(path(...names), "utf8"));

/** A name with what ends elements, attributes and lines. */
const HOSTILE = `<script>alert(1)<!--"'&\n\u202erun`;
const whole = await command(folder, "train", [...TINY, "--out", HOSTILE]);
const page = readPage(path(HOSTILE, REPORT));

/** The points of the log as a curve should have them. */
function logged(run: string, stage: string, x: string, y: string): readonly (readonly unknown[])[] {
  const lines = readJsonLines(path(run, "log.jsonl")).filter((line) => line["stage"] === stage);
  return lines.filter((line) => y in line).map((line) => [line[x], line[y]]);
}
const pointsOf = ({ x, lines }: ReturnType<typeof curve>): readonly (readonly unknown[])[] =>
  x.map((at, i) => [at, lines[0]?.values[i]]).filter(([, value]) => value !== null);

function assertCurves(run: string): void {
  const text = readPage(path(run, REPORT));
  assert.equal(pointsOf(curve(text, "Loss")), logged(run, "autoencoder", "step", "loss"));
  assert.equal(
    pointsOf(curve(text, "Learning rate", "autoencoder")),
    logged(run, "autoencoder", "step", "learningRate"),
  );
  assert.equal(pointsOf(curve(text, "Learning rate", "transport")), logged(run, "transport", "iteration", "lr"));
  assert.equal(pointsOf(curve(text, "χ² of the masses")), logged(run, "transport", "iteration", "chi2"));
}

const empty: Gathered = {
  command: "train",
  about: "",
  figures: [],
  missed: [],
  pictures: [],
  curves: [],
  tables: [],
  facts: [],
};

describe("report of a run", {
  "its path is printed, and it says what was run with the numbers of the run"() {
    assert.is(whole.code, 0, whole.err);
    assert.ok(whole.out.endsWith(`look at ${HOSTILE}/${REPORT}\n`), whole.out);
    assert.is(embedded(page).state, "finished");
    assertCurves(HOSTILE);
    const [summary, timing] = [jsonOf(HOSTILE, "summary.json"), jsonOf(HOSTILE, "timing.json")];
    assert.match(page, summary.audit.digest);
    assert.match(page, `<dd>${short(summary.chi2, 3)}<small>`);
    assert.match(page, `<dd>${percent(summary.shareExtended)}<small>`);
    for (const [stage, seconds] of Object.entries(timing.seconds as Record<string, number>))
      assert.match(page, new RegExp(`<th scope="row">${stage}</th>.*<td class="number">${seconds.toFixed(2)}</td>`));
    for (const name of FILES) {
      const linked = page.includes(`href="./${name}"`);
      assert.is(linked, name !== REPORT && name !== "audit", name);
    }
    for (const name of ["reals.png", "reconstructions.png", "samples.png"])
      assert.ok(page.includes(readFileSync(path(HOSTILE, name)).toString("base64")), name);
    const [points, bars] = [embedded(page).charts.at(-2), embedded(page).charts.at(-1)];
    assert.ok(points?.kind === "points" && points.x.length === 36 && points.classes.length === 0);
    assert.ok(bars?.kind === "bars" && bars.counts.reduce((sum, count) => sum + count, 0) === 36);
    assert.match(page, "The most expensive kernels");
    assert.ok(page.length < 1_500_000, `${page.length} characters`);
  },

  "the name of its folder is shown and does no harm"() {
    assert.is(page.match(/<script/g)?.length, 2);
    const shown = visible(HOSTILE)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;");
    assert.match(page, `<h1>${shown} <span class="state finished">`);
    assert.match(page, `<title>${shown}: brenier train</title>`);
  },

  async "stopped and gone on with, it shows first the cause and then the whole curve; the rest is the same"() {
    let sent = false;
    const stopped = await command(folder, "train", [...TINY, "--checkpoint", "5", "--out", "stopped"], {
      onError(text, kill) {
        if (sent || !text.includes("  transport")) return;
        sent = true;
        kill("SIGTERM");
      },
    });
    assert.is(stopped.code, 143, stopped.err);
    const half = readPage(path("stopped", REPORT));
    assert.is(embedded(half).state, "stopped");
    assert.match(half, "<strong>Stopped before its end</strong> <span>interrupted by SIGTERM</span>");
    assert.match(half, "<code>node dist/train.js --resume stopped</code>");
    assertCurves("stopped");
    const all = /<th scope="row">all<\/th>(?:<td[^>]*>[^<]*<\/td>){2}<td class="number">([\d.]+)</.exec(half)?.[1];
    const shown = /<dt>Time so far<\/dt>\s*<dd>([^<]*)<\/dd>/.exec(half)?.[1] ?? "none";
    // The table's sum has two digits, of which the figure may have been rounded to either side.
    assert.ok([-0.005, 0, 0.005].map((less) => duration(Number(all) + less)).includes(shown), `${shown}, not ${all} s`);
    assert.match(stopped.err, "look at stopped/report.html\ngo on with: ");
    const resumed = await command(folder, "train", ["--resume", "stopped"]);
    assert.is(resumed.code, 0, resumed.err);
    assert.is(embedded(readPage(path("stopped", REPORT))).state, "finished");
    assertCurves("stopped");
    // What the device held before the stop is kept.
    const row = /<th scope="row">autoencoder<\/th>.*?<\/tr>/s.exec(readPage(path("stopped", REPORT)))?.[0] ?? "";
    assert.match(row, /(?:<td class="number">[\d.]+<\/td>\s*){4}<\/tr>$/);
    assert.equal(curve(readPage(path("stopped", REPORT)), "Loss"), curve(page, "Loss"));
    assertSameRun(path("stopped"), path(HOSTILE));
  },

  "a line of the log has numbers of its step alone, however many codes there are"() {
    const lines = readFileSync(path(HOSTILE, "log.jsonl"), "utf8").trimEnd().split("\n");
    assert.ok(lines.some((line) => line.includes('"transport"')));
    for (const line of lines) {
      const values: unknown[] = Object.values(JSON.parse(line));
      assert.ok(
        values.every((value) => typeof value !== "object"),
        line.slice(0, 200),
      );
    }
  },

  async "--no-report writes none, and all else is the same"() {
    const without = await command(folder, "train", [...TINY, "--no-report", "--out", "without"]);
    assert.is(without.code, 0, without.err);
    assert.match(without.out, /look at without\/samples\.png\n$/);
    assert.not.ok(existsSync(path("without", REPORT)));
    writeFileSync(path("without", REPORT), "");
    assertSameRun(path("without"), path(HOSTILE));
  },

  async "a transport in the plane tells of its cells; what was not reached has its cause"() {
    const rows = Array.from({ length: 30 }, (_, i) => `${Math.cos(i)},${Math.sin(2 * i)}`);
    writeFileSync(path("points.csv"), `${rows.join("\n")}\n`);
    const { code, err } = await command(folder, "transport", ["points.csv", "--exact", "--out", "cloud"]);
    assert.is(code, 0, err);
    const text = readPage(path("cloud", REPORT));
    const { cells, state } = embedded(text);
    assert.is(state, "finished");
    assert.is(cells?.masses.length, 30);
    assert.ok(cells?.masses.every((mass) => Math.abs(30 * mass - 1) <= 1e-9));
    for (const [i, near] of cells?.neighbours.entries() ?? []) {
      assert.ok(near.length > 0 && !near.includes(i));
      for (const j of near) assert.ok(cells?.neighbours[j]?.includes(i), `${i} and ${j}`);
    }
    assert.match(text, 'data-cell="29"');
    const errors = curve(text, "Greatest relative error").lines[0]?.values ?? [];
    assert.ok(errors.length > 0 && (errors.at(-1) as number) <= 1e-10);
    const far = await command(folder, "transport", [
      "points.csv",
      "--chi2",
      "1e-4",
      "--budget",
      "9600",
      "--out",
      "far",
    ]);
    assert.is(far.code, 1, far.err);
    const shortfall = readPage(path("far", REPORT));
    assert.match(shortfall, "<strong>χ² of 0.0001 was asked");
    const { maxRelativeError, maxRelativeErrorFloor } = jsonOf("far", "summary.json");
    const noise = `of a mass as χ² was estimated; noise alone makes ${short(maxRelativeErrorFloor, 2)}`;
    assert.match(shortfall, `<dd>${short(maxRelativeError, 2)}<small>${noise}</small>`);
    assert.match(shortfall, "<dt>budget of the steps</dt><dd>9,600 samples</dd>");
    const plain = await command(folder, "transport", ["points.csv", "--exact", "--no-report", "--out", "plain"]);
    assert.match(plain.out, "look at plain/cells.png");
    assert.not.ok(existsSync(path("plain", REPORT)));
  },

  "it is written at once and then at most every ten seconds, whatever it is told"() {
    const at = mkdtempSync(join(tmpdir(), "brenier-report-"));
    process.once("exit", () => rmSync(at, { recursive: true, force: true }));
    let gathered = 0;
    const told: string[] = [];
    const report = new LiveReport(
      at,
      { update: () => told.push("u"), begin() {}, end: (line) => told.push(line) },
      () => {
        gathered++;
        return empty;
      },
    );
    for (let step = 0; step < 1000; step++) report.progress.update(step, 1000, "step");
    report.progress.begin("next");
    report.progress.end("a line");
    assert.is(gathered, 1);
    assert.is(told.length, 1001);
    assert.match(readPage(join(at, REPORT)), '<progress max="1000" value="0"');
    report.write({ state: "finished" });
    assert.is(gathered, 2);
    assert.match(readPage(join(at, REPORT)), "<li>a line</li>");
  },

  "one that cannot be written is told of once, and ends nothing"() {
    const at = mkdtempSync(join(tmpdir(), "brenier-report-"));
    process.once("exit", () => rmSync(at, { recursive: true, force: true }));
    mkdirSync(join(at, REPORT));
    const told: string[] = [];
    const report = new LiveReport(at, { update() {}, begin() {}, end: (line) => told.push(line) }, () => empty);
    report.progress.update(1, 2, "step");
    report.write({ state: "finished" });
    report.fail(new Error("broken"), false);
    assert.is(told.length, 1);
    assert.match(told[0] ?? "", /report\.html: .*; the run goes on without its report$/);
  },
});
