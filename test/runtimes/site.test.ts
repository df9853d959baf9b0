// The site in a browser: each chapter does its work with and without a GPU, and shows the figures
// that the library finds for the same points.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { MIXTURES, modeScores } from "../../src/metrics/modes.ts";
import { createProblem, points, solveExact } from "../../src/ot/index.ts";
import { command } from "../support/command.ts";
import { assertLooks, csvOf, ended, figureOf, LOSABLE, noteOf, OPENED_IN, servedSite } from "../support/sitePage.ts";
import { describe } from "../support/suite.ts";
import { tinyFolder } from "../support/tinyRun.ts";

const DEEP = process.env["BRENIER_DEEP"] === "1";
const site = await servedSite();
/** Chapters that need a GPU for a part of what they show. */
const ASKING = ["samples", "collapse"];

/** The points of the chapter on cells, as the page saves them. */
interface Saved {
  readonly values: number[];
  readonly weights: number[];
  readonly masses: number[];
}

async function savedPoints(page: Page): Promise<Saved> {
  const [names, ...rows] = await csvOf(page);
  assert.equal(names, ["x", "y", "weight", "mass", "height"]);
  return {
    values: rows.flatMap(([x, y]) => [Number(x), Number(y)]),
    weights: rows.map(([, , weight]) => Number(weight)),
    masses: rows.map(([, , , mass]) => Number(mass)),
  };
}

/** Asserts that a page shows the exact solution of the points that it saves. */
async function checkCells(page: Page, source: "cube" | "gaussian"): Promise<Saved> {
  assert.match(await ended(page), /^Solved in \d+ steps? of Newton/);
  const saved = await savedPoints(page);
  const solution = solveExact(createProblem(points("test", saved.values, 2), { nu: saved.weights, source }));
  const whole = saved.weights.reduce((sum, weight) => sum + weight, 0);
  saved.masses.forEach((mass, i) => {
    const asked = (saved.weights[i] as number) / whole;
    assert.ok(Math.abs(mass - asked) <= 1e-10 * asked, `mass ${i}: ${mass}, asked ${asked}`);
  });
  const drawn = await page.$$eval(".cells .areas path", (paths) =>
    paths.map((path) => Number((path as unknown as { getAttribute(name: string): string }).getAttribute("data-mass"))),
  );
  assert.equal(drawn, saved.masses);
  const w2 = Number(await figureOf(page, "w2"));
  assert.ok(Math.abs(w2 - solution.w2) <= 1e-6 * solution.w2, `W2 ${w2}, exact ${solution.w2}`);
  return saved;
}

/** A script that counts how often a page asks for a GPU, which it has none of. */
const COUNTED = `window.asked = 0;
  Object.defineProperty(navigator, "gpu", { get: () => (window.asked++, undefined) });`;

/** Asserts that pictures are saved, and that they stand alone. */
async function checkPictures(page: Page, chapter: string): Promise<void> {
  for (const kind of ["png", "svg"]) {
    const download = page.waitForEvent("download");
    await page.click(`[data-save="${kind}"]`);
    const bytes = readFileSync(await (await download).path());
    if (kind === "png") assert.is(bytes.subarray(1, 4).toString(), "PNG");
    else assert.not.match(bytes.toString(), /var\(|class=/, `${chapter}: an SVG that needs the page's style`);
    assert.ok(bytes.length > 3000, `${chapter}, ${kind}: ${bytes.length} bytes`);
  }
}

describe("site in a browser", {
  async "cells have the masses and the W2 of the library, and of the command, for the same points"() {
    await site.opened("", { before: COUNTED }, async (page) => {
      await checkCells(page, "cube");
      assert.is(await page.evaluate("window.asked"), 0, "no GPU is asked for");
      await page.check('[value="gaussian"]');
      const { values } = await checkCells(page, "gaussian");
      const folder = tinyFolder();
      const rows = values.flatMap((x, k) => (k % 2 === 0 ? [`${x},${values[k + 1]}`] : []));
      writeFileSync(join(folder, "points.csv"), `${rows.join("\n")}\n`);
      const { code, err } = await command(folder, "transport", ["points.csv", "--exact", "--out", "run"]);
      assert.is(code, 0, err);
      const summary = JSON.parse(readFileSync(join(folder, "run/summary.json"), "utf8")) as {
        readonly w2: readonly [low: number, high: number];
      };
      const shown = Number(await figureOf(page, "w2"));
      for (const w2 of summary.w2) assert.ok(Math.abs(shown - w2) <= 1e-6 * w2, `W2 ${shown}, by the command ${w2}`);
      await assertLooks(page);
      await checkPictures(page, "cells");
    });
  },

  async "points are added, moved, weighed and removed, by pointer and by keys, and the address keeps them"() {
    await site.opened("?chapter=cells&set=ring&n=5", {}, async (page) => {
      await ended(page);
      const box = await page.locator(".cells").boundingBox();
      assert.ok(box !== null);
      const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
      await page.mouse.click(...at(0.5, 0.5));
      assert.is((await checkCells(page, "cube")).weights.length, 6);
      await page.mouse.move(...at(0.5, 0.5));
      await page.mouse.down();
      await page.mouse.move(...at(0.6, 0.55), { steps: 5 });
      await page.mouse.up();
      const moved = await checkCells(page, "cube");
      assert.ok(Math.abs((moved.values[10] as number) - 0.102) < 0.01, `moved to ${moved.values.slice(10)}`);
      await page.focus(".cells");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      assert.is((await checkCells(page, "cube")).weights.length, 7);
      await page.focus(".cells");
      await page.keyboard.press("PageDown");
      await page.keyboard.press("Delete");
      assert.is((await checkCells(page, "cube")).weights.length, 6);
      await page.locator("text=Weight of the chosen point").locator("..").locator("input").fill("3");
      const weighed = await checkCells(page, "cube");
      assert.ok(weighed.weights.includes(3));
      await page.waitForTimeout(300); // until the address is written
      const address = page.url();
      assert.match(address, /set=own&source=cube&points=/);
      await page.goto(address);
      const again = await checkCells(page, "cube");
      assert.equal([again.values, again.weights], [weighed.values, weighed.weights]);
    });
  },

  async "a shape is drawn, and the points follow it"() {
    await site.opened("?chapter=cells&set=ring&n=20", {}, async (page) => {
      await ended(page);
      await page.check('[value="draw"]');
      const box = await page.locator(".cells").boundingBox();
      assert.ok(box !== null);
      await page.mouse.move(box.x + 0.2 * box.width, box.y + 0.3 * box.height);
      await page.mouse.down();
      await page.mouse.move(box.x + 0.8 * box.width, box.y + 0.3 * box.height, { steps: 8 });
      await page.mouse.up();
      const { values } = await checkCells(page, "cube");
      assert.is(values.length, 40);
      for (let k = 0; k < 40; k += 2) assert.ok(Math.abs((values[k + 1] as number) - 0.204) < 0.01, `${values[k + 1]}`);
    });
  },

  async "each of Newton's steps can be seen, the work stopped and run again"() {
    await site.opened("?chapter=cells&pace=slowest&n=200", {}, async (page) => {
      await page.waitForSelector('.newton [data-step="0"]');
      await page.click('[data-control="run"]'); // pauses
      const steps = (): Promise<number> => page.locator(".newton li").count();
      const before = await steps();
      await page.click('[data-control="step"]');
      await page.locator(".newton li").nth(before).waitFor();
      assert.is(await steps(), before + 1);
      await page.click('[data-control="stop"]');
      assert.is(await ended(page), "Stopped.");
      await page.selectOption('[data-control="pace"]', "fast");
      await page.click('[data-control="run"]');
      await checkCells(page, "cube");
      const errors = await page.locator(".newton .error").allTextContents();
      assert.ok(errors.length >= 4 && Number(errors.at(-1)?.replace("−", "-")) <= 1e-10, errors.join(", "));
    });
  },

  async "points that are pasted are solved, and what is none is told in one sentence"() {
    await site.opened("?chapter=cells&set=ring&n=3", {}, async (page) => {
      await ended(page);
      await page.click("text=Paste points");
      const paste = async (text: string): Promise<void> => {
        await page.locator("textarea").evaluate((area, value) => {
          (area as unknown as { value: string }).value = value;
        }, text);
        await page.click('[data-control="paste"]');
      };
      await paste("x,y,weight\n3,1\n-2, 4, 2\n0\t0\n");
      const { values, weights } = await checkCells(page, "cube");
      assert.equal(
        [values, weights],
        [
          [3, 1, -2, 4, 0, 0],
          [1, 2, 1],
        ],
      );
      for (const [text, told] of [
        ["1,2\n3,NaN", "Expected x, y and a weight or none in each line, got “3,NaN” as point 2."],
        ["1,2\n3,Infinity", "got “3,Infinity” as point 2."],
        ["1,2\n3", "got “3” as point 2."],
        ["1,2,3,4", "got “1,2,3,4” as point 1."],
        ["1,2,-1", "got “1,2,-1” as point 1."],
        ["1,2,0", "Expected a weight above 0, got none."],
        ["", "Expected points, a line “x, y” for each, got none."],
        ["x,y\n", "Expected points"],
        ["0.1,0.2\n".repeat(100_000), "Expected at most 2,000 points for the exact solver, got 100,000;"],
      ] as const) {
        await paste(text);
        assert.ok((await noteOf(page)).includes(told), `${text.slice(0, 20)}: ${await noteOf(page)}`);
      }
      await checkCells(page, "cube");
      const address = page.url();
      await paste(Array.from({ length: 900 }, (_, i) => `${(i % 30) / 40},${Math.floor(i / 30) / 40}`).join("\n"));
      assert.match(await noteOf(page), /^These points are too many for the address, which keeps those before;/);
      assert.is(page.url(), address);
    });
  },

  async "a page in the background waits, says so, and goes on"() {
    const before = `Object.defineProperty(document, "hidden", { get: () => window.away === true });`;
    await site.opened("?chapter=cells&pace=slow", { before }, async (page) => {
      await page.waitForSelector('.newton [data-step="1"]');
      await page.evaluate("window.away = true");
      await page.waitForSelector("text=Waits until the page is in sight again.");
      await page.evaluate('window.away = false; document.dispatchEvent(new Event("visibilitychange"))');
      await checkCells(page, "cube");
    });
  },

  async "without a GPU the exact solver is shown alone, which is said"() {
    // The other two have none in the tests of their figures.
    for (const chapter of DEEP ? ["cells", "potential", ...ASKING] : ASKING) {
      for (const look of OPENED_IN) {
        await site.opened(`?chapter=${chapter}`, { ...look, before: COUNTED }, async (page) => {
          await ended(page);
          const asks = ASKING.includes(chapter);
          assert.is((await page.evaluate("window.asked")) !== 0, asks, chapter);
          assert.is(await page.locator(".instead:visible").count(), asks ? 1 : 0, chapter);
          if (asks) assert.is(await page.locator(".picture:visible").count(), chapter === "samples" ? 1 : 2, "empty");
          if (asks) assert.match(await noteOf(page), /^Adapter: expected `navigator.gpu`, got none.*alone\.$/);
          if (!DEEP) return; // the pages that have a GPU are looked at
          await assertLooks(page);
          await checkPictures(page, chapter);
        });
      }
    }
  },

  async "potential and map give the same W2, each other, and the library's"() {
    await site.opened("?chapter=potential&set=ring&n=7", { before: COUNTED }, async (page) => {
      assert.match(await ended(page), /^Slopes are the map at all 729 places/);
      const ring = Array.from({ length: 7 }, (_, i) => (2 * Math.PI * i) / 7 + 0.2);
      const rounded = (value: number): number => Math.round(1e4 * value) / 1e4;
      const values = ring.flatMap((angle) => [rounded(0.36 * Math.cos(angle)), rounded(0.36 * Math.sin(angle))]);
      const { w2 } = solveExact(createProblem(points("test", values, 2), { source: "cube" }));
      for (const key of ["dual", "primal"]) {
        const shown = Number(await figureOf(page, key));
        assert.ok(Math.abs(shown - w2) <= 1e-6 * w2, `${key} ${shown}, exact ${w2}`);
      }
      const [, ...rows] = await csvOf(page);
      assert.is(rows.length, 729);
      for (const row of rows) {
        const [, , , phi = 0, summed = 0] = row.map(Number);
        assert.ok(Math.abs(phi - summed) <= 1e-3, row.join(","));
      }
      assert.is(await page.evaluate("window.asked"), 0, "no GPU is asked for");
      await assertLooks(page);
      await checkPictures(page, "potential");
    });
  },

  async "a lost GPU is told, and with another one samples come to the χ² of the exact cells at their heights"() {
    await site.opened("?chapter=samples&n=24&budget=18", { gpu: true, before: LOSABLE }, async (page) => {
      await page.waitForSelector('[data-figure="ours-samples"]:not(:text-is("–"))');
      await page.evaluate("for (const device of window.devices) device.destroy()");
      await page.waitForSelector("text=The GPU was lost in the middle. Press “Run again” to go on with another one.");
      await page.click('[data-control="run"]');
      assert.match(await ended(page), /^χ² .* by samples, .* by the recipe, which /);
      assert.is(await page.locator(".note:not([hidden])").count(), 0, "what was told of the lost GPU is taken away");
      const [names, ...rows] = await csvOf(page);
      assert.equal(names, ["solver", "samples", "steps", "chi2", "estimate", "low", "high", "w2"]);
      const last = (solver: string): number[] => (rows.findLast(([name]) => name === solver) ?? []).map(Number);
      const [newton, ours, paper] = [last("newton"), last("ours"), last("paper")];
      assert.ok((newton[3] as number) <= 1e-18, `χ² by Newton ${newton[3]}`);
      assert.ok((ours[3] as number) <= 0.02, `χ² by samples ${ours[3]}`);
      for (const [name, found] of [["ours", ours] as const, ["paper", paper] as const]) {
        // W2 at heights that are not the solution's is a lower bound.
        assert.ok((found[7] as number) <= (newton[7] as number) * (1 + 1e-12), `W2 of ${name}: ${found[7]}`);
        assert.ok((found[1] as number) <= 2 ** 18, `samples of ${name}: ${found[1]}`);
        const shown = Number(await figureOf(page, `${name}-chi2`));
        assert.ok(Math.abs(shown - (found[3] as number)) <= 0.006 * shown, `χ² of ${name}: ${shown}`);
      }
      const shown = Number(await figureOf(page, "newton-w2"));
      assert.ok(Math.abs(shown - (newton[7] as number)) <= 1e-6 * shown);
      assert.is(await page.locator(".chart canvas").count(), 1);
      await assertLooks(page);
      await checkPictures(page, "samples");
    });
  },

  async "of the three systems each reaches the modes that its images reach"() {
    await site.opened(`?chapter=collapse&steps=${DEEP ? 2048 : 128}`, { gpu: true }, async (page) => {
      assert.match(await ended(page), /^All three, after (128|2,048) steps of each training\.$/);
      const [, ...rows] = await csvOf(page);
      for (const key of ["transport", "fit", "gan"]) {
        const images = rows.filter(([name]) => name === key).flatMap((row) => row.slice(3).map(Number));
        assert.is(images.length, 4000, key);
        const scores = modeScores(points("test", images, 2), { centres: MIXTURES.ring.centres, sd: 0.05 });
        assert.is(await figureOf(page, `${key}-modes`), `${scores.modes} of 8`);
        const good = Number((await figureOf(page, `${key}-good`)).replace(" %", ""));
        assert.ok(Math.abs(good - 100 * scores.highQuality) <= 0.06, `${key}: ${good} %, ${scores.highQuality}`);
        if (key === "transport") assert.ok(scores.modes === 8 && scores.highQuality > 0.95);
        // No continuous network follows the jumps.
        if (key === "fit") assert.ok(scores.highQuality < 0.95, `fitted: ${scores.highQuality}`);
      }
      await assertLooks(page);
      await checkPictures(page, "collapse");
    });
  },

  async "chapters follow each other by links, and the browser goes back"() {
    await site.opened("", {}, async (page) => {
      await ended(page);
      await page.click('a[rel="next"]');
      assert.is(await page.textContent("h1"), "Monte Carlo against Newton");
      await ended(page);
      await page.goBack();
      assert.is(await page.textContent("h1"), "Cells");
      await checkCells(page, "cube");
    });
    await site.close();
  },
});
