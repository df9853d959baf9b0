// The chapter “Digits” in a browser: the values are those of the library in Node.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { pointAt, type View, viewThrough } from "../../site/chapters/digits/plane.ts";
import { encodeGenerator } from "../../src/models/generator/generatorFile.ts";
import { openGenerator } from "../../src/models/generator/openGenerator.ts";
import { trainGenerator } from "../../src/models/generator/trainGenerator.ts";
import { pixelSource } from "../../src/models/training/pixelSource.ts";
import { extend } from "../../src/ot/extension/extend.ts";
import { DEFAULT_ANGLE } from "../../src/ot/extension/rule.ts";
import { centredAngle } from "../../src/ot/map/angles.ts";
import { nearestFacet } from "../../src/ot/map/slice.ts";
import { points } from "../../src/ot/points.ts";
import { testEngine } from "../support/device.ts";
import { digits } from "../support/digits.ts";
import { assertLooks, csvOf, figureOf, LOSABLE, OPENED_IN, servedSite, until } from "../support/sitePage.ts";
import { describe } from "../support/suite.ts";

const config = { height: 28, width: 28, channels: 1, latent: 6 };
const engine = await testEngine();
const bytes = encodeGenerator({
  ...(await trainGenerator(engine, config, pixelSource("digits", digits(120), config), {
    epochs: 4,
    batch: 20,
    seed: 1,
    chi2: 0.2,
  })),
  version: "0.2.0",
});
const run = join(mkdtempSync(join(tmpdir(), "brenier-digits-")), "tiny");
mkdirSync(run);
writeFileSync(join(run, "generator.safetensors"), bytes);
process.once("exit", () => rmSync(join(run, ".."), { recursive: true, force: true }));

const generator = await openGenerator(engine, bytes);
const { rule } = generator;
const limit = Number((rule.name === "facet" ? rule.angle : undefined) ?? DEFAULT_ANGLE);
const site = await servedSite(run);
const DRAWS = [3, 1, 7] as const;
const AT = "?chapter=digits&p=3&q=1&r=7";

/** The plane through the draws, as the page makes it. */
async function view(): Promise<View> {
  const rows = new Float32Array(3 * config.latent);
  for (const [n, first] of DRAWS.entries()) {
    rows.set(await generator.noise({ seed: 1, first, count: 1 }), n * config.latent);
  }
  return viewThrough(rows, config.latent);
}

/** Waits until the page tells of a point. */
const told = (page: Page): Promise<void> =>
  until(page, "![null, '–'].includes(document.querySelector('[data-figure=jump]')?.textContent ?? null)");

/** Whether the map mixes the codes of both sides, close to the facet that is nearest to x. */
async function mixes(x: Float32Array): Promise<boolean> {
  const { cell, across, distance } = nearestFacet(generator.map, x);
  const y = generator.map.problem.targets.values;
  const row = (i: number): Float32Array => y.subarray(i * config.latent, (i + 1) * config.latent);
  const normal = Array.from(row(across), (value, k) => value - (row(cell)[k] as number));
  const sides = [-1e-3, 1e-3].flatMap((off) =>
    Array.from(x, (value, k) => value + ((distance + off) * (normal[k] as number)) / Math.hypot(...normal)),
  );
  const { partner } = await extend(generator.map, points("sides", Float32Array.from(sides), config.latent), rule);
  return partner[0] === across && partner[1] === cell;
}

/** Compares what the page tells of the point (a, b) with the library. */
async function compare(page: Page, [a, b]: readonly [number, number]): Promise<void> {
  const x = pointAt(await view(), [a, b]);
  const { cell, across, distance, angle } = nearestFacet(generator.map, x);
  const codes = await extend(generator.map, points("x", x, config.latent), generator.rule);
  assert.is(await figureOf(page, "cell"), String(cell));
  assert.is(await figureOf(page, "across"), String(across));
  assert.is(await figureOf(page, "angle"), `${((180 * angle) / Math.PI).toFixed(1)}°`);
  assert.ok(Math.abs(Number(await figureOf(page, "distance")) - distance) <= 1e-3 * distance + 1e-5);
  const partner = codes.partner[0] as number;
  assert.ok((await figureOf(page, "partner")).startsWith(partner < 0 ? "none" : `${partner}, `));
  // The strip is red where the angle is above the limit, and says whether the map mixes there.
  const strip = (await page.textContent(".strip figcaption")) ?? "";
  assert.is(/^The edge is red: the map jumps;/.test(strip), angle > limit, strip);
  assert.is((await page.locator(".strip .jump").count()) > 0, angle > limit);
  assert.is(/^The edge is grey, and the map mixes the two codes at it;/.test(strip), await mixes(x), strip);
  const y = generator.map.problem.targets.values;
  const stored = [cell, across].flatMap((i) => {
    const row = [...y.subarray(i * config.latent, (i + 1) * config.latent)];
    return row.map((value, k) => value + (generator.map.problem.offset[k] as number));
  });
  const { pixels } = await generator.decode(Float32Array.from([...codes.latents, ...stored]));
  const [head, ...rows] = await csvOf(page);
  assert.equal(head, ["row", "column", "channel", "drawn", "stored", "across"]);
  assert.is(rows.length, 784);
  for (const [i, row] of rows.entries()) {
    assert.equal(row.slice(0, 3), [Math.floor(i / 28), i % 28, 0].map(String));
    for (let n = 0; n < 3; n++) {
      const [got, wanted] = [Number(row[3 + n]), pixels[n * 784 + i] as number];
      assert.ok(Math.abs(got - wanted) <= 5e-4, `picture ${n}, pixel ${i}: expected ${wanted}, got ${got}`);
    }
  }
}

/** The cells that a walk led from and to, which the library says are at a singular facet. */
async function walked(page: Page, told: string | null): Promise<readonly [number, number]> {
  const [, from, to, angle, change] =
    /^Walked over the red edge from cell (\d+) to (\d+), at ([\d.]+)°; the picture changed by ([\d.]+) there\.$/.exec(
      told ?? "",
    ) ?? [];
  assert.ok(from !== undefined && from !== to, `a walk over an edge: ${told}`);
  assert.is(await figureOf(page, "cell"), to);
  const between = centredAngle(generator.map.problem, 0.1)(Number(from), Number(to));
  assert.is(angle, ((180 * between) / Math.PI).toFixed(1));
  assert.ok(between > limit && Number(change) > 0);
  return [Number(from), Number(to)];
}

const drop = (page: Page, name: string): Promise<unknown> =>
  page.evaluate(`{
    const data = new DataTransfer();
    data.items.add(new File(["no tensors"], "${name}"));
    document.querySelector("h1").dispatchEvent(
      new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
    );
  }`);
const give = (page: Page, name: string, content: Uint8Array): Promise<void> =>
  page.setInputFiles('[data-files="generator"]', {
    ...{ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) },
  });

describe("digits in a browser", {
  async "cells, angles and pictures are those of the library in Node, at the middle and where the sliders lead (in each look with BRENIER_DEEP=1)"() {
    for (const look of OPENED_IN) {
      await site.opened(AT, { ...look, gpu: true }, async (page) => {
        await told(page);
        assert.match((await page.textContent("[data-about]")) ?? "", "tiny: 120 stored codes in 6 dimensions");
        await compare(page, [0, 0]);
        const right = page.locator(".slider input").first();
        assert.is(Number(await right.inputValue()), 0);
        await right.focus();
        for (let n = 0; n < 30; n++) await page.keyboard.press("ArrowRight");
        const a = Number(await right.inputValue());
        assert.ok(a > 0);
        await until(page, `document.querySelector(".digits").dataset.at === "${a.toFixed(4)} 0.0000"`);
        await until(page, `new URLSearchParams(location.search).get("a") === "${a.toFixed(4)}"`);
        await compare(page, [a, 0]);
        await assertLooks(page);
        // The plane is saved as an SVG that stands alone, with the stored pictures in it.
        await until(page, "document.querySelectorAll('.plane image').length > 0");
        const waiting = page.waitForEvent("download");
        await page.click('[data-save="svg"]');
        const svg = readFileSync(await (await waiting).path(), "utf8");
        assert.match(svg, /<image [^>]*href="data:image\/png/);
        assert.not.match(svg, /var\(--|href="(?!data:)/);
      });
    }
  },

  async "an address leads to its point; files that are none are told there, and a walk can be stopped, and a GPU lost"() {
    await site.opened(`${AT}&a=0.5&b=0.25&pace=slowest`, { gpu: true, before: LOSABLE }, async (page) => {
      await told(page);
      await compare(page, [0.5, 0.25]);

      // A draw that there is not is told, and the one before stays.
      for (const none of ["-5", "2000000", "1.5", ""]) {
        await page.fill("[data-draw=q]", none);
        await page.keyboard.press("Enter");
        await page.waitForSelector("text=Draws have whole numbers from 0 to 1,000,000; draw 1 stays.");
        assert.is(await page.inputValue("[data-draw=q]"), "1");
        await page.evaluate("document.querySelector('.note').textContent = ''");
      }
      await compare(page, [0.5, 0.25]);

      await give(page, "letter.safetensors", Buffer.from("no tensors"));
      await page.waitForSelector(".note.bad");
      const note = (await page.textContent(".note.bad")) ?? "";
      assert.match(note, /^letter\.safetensors: expected a generator\.safetensors, got a file of another kind;/);
      assert.is(note.split("\n").length, 1);
      await drop(page, "dropped.safetensors");
      await until(page, "/dropped.safetensors: expected/.test(document.querySelector('.note.bad')?.textContent)");
      await compare(page, [0.5, 0.25]); // what was open stays
      await give(page, "own.safetensors", bytes);
      await until(page, "/^own.safetensors/.test(document.querySelector('[data-about]').textContent)");
      assert.is(await page.isVisible(".note"), false);

      await told(page);
      const cell = await figureOf(page, "cell");
      await page.evaluate("for (const device of window.devices) device.destroy()");
      await page.focus(".slider input");
      await page.keyboard.press("ArrowRight");
      await page.waitForSelector("text=The GPU was lost in the middle");
      await page.click("[data-go-on]");
      await told(page);
      await page.focus(".slider input");
      await page.keyboard.press("ArrowLeft");
      await until(page, `document.querySelector('[data-figure=cell]').textContent === "${cell}"`);
      assert.is(await page.isVisible(".note"), false);

      // Over a singular facet into another cell.
      await page.click("[data-walk]");
      await page.click('[data-control="run"]'); // pause
      const status = page.locator('[data-control="status"]');
      await page.click('[data-control="step"]');
      await until(page, "/^Cell /.test(document.querySelector('[data-control=status]').textContent)");
      await page.click('[data-control="stop"]');
      assert.is(await status.textContent(), "Stopped.");
      await page.selectOption('[data-control="pace"]', "fast");
      await page.click("[data-walk]");
      await until(page, "/^Walked/.test(document.querySelector('[data-control=status]').textContent)");
      // Each walk leads over one edge, which is singular, into the cell that it names.
      const way = await walked(page, await status.textContent());
      const walk = async (): Promise<readonly [number, number]> => {
        await page.click("[data-walk]");
        await until(page, "document.querySelector('[data-control=run]').textContent === 'Run again'");
        return walked(page, await status.textContent());
      };
      assert.equal(await walk(), way.toReversed(), "back over the same edge");
      for (let n = 0; n < 2; n++) {
        await page.focus(".slider input");
        for (let k = 0; k < 25; k++) await page.keyboard.press("ArrowLeft");
        await walk();
      }
    });
  },

  async "without a GPU the cells of a plane are shown, and it is said why there are no pictures"() {
    const looking = site.opened(AT, {}, async (page) => {
      await until(page, "/^\\d+$/.test(document.querySelector('[data-figure=cell]')?.textContent ?? '')");
      assert.match((await page.textContent(".note")) ?? "", "The cells and their angles are shown all the same");
      assert.is(await page.locator("canvas").count(), 0);
      if (process.env["BRENIER_DEEP"] === "1") await assertLooks(page);
    });
    await looking.finally(() => site.close());
  },
});
