// The chapter “Train here” in a browser: what it learns is what the library learns in Node.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { decodePng } from "../../src/codecs/decodePng.ts";
import { decodeGenerator } from "../../src/models/generator/generatorFile.ts";
import { trainGenerator } from "../../src/models/generator/trainGenerator.ts";
import { pixelSource } from "../../src/models/training/pixelSource.ts";
import { testEngine } from "../support/device.ts";
import { digits, idx } from "../support/digits.ts";
import { assertLooks, csvOf, figureOf, OPENED_IN, servedSite, until } from "../support/sitePage.ts";
import { describe } from "../support/suite.ts";
import { tinyFolder } from "../support/tinyRun.ts";

/** Loss below which 500 digits are learnt within a minute, of 527 at step 10. */
const LEARNT = 150;

const folder = join(tinyFolder(), "images");
const files = readdirSync(folder)
  .sort()
  .map((name) => join(folder, name));
const site = await servedSite();
const AT = "?chapter=train&side=12&latent=5&epochs=10";

const status = "document.querySelector('[data-control=status]').textContent";
const drop = (page: Page, given: Parameters<Page["setInputFiles"]>[1]): Promise<void> =>
  page.setInputFiles('[data-files="pictures"]', given);
const file = (name: string, bytes: Uint8Array) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: Buffer.from(bytes),
});

describe("training in a browser", {
  async "a training is stepped through, stopped and begun anew; pictures are learnt to the loss of Node (to 2 %), transported, drawn, saved, and walked through"() {
    const engine = await testEngine();
    const pixels = Uint8Array.from(
      files.flatMap((path) => [...decodePng(readFileSync(path), path).rgba.filter((_, i) => i % 4 === 0)]),
    );
    const config = { height: 12, width: 12, channels: 1, latent: 5 };
    const wanted: number[] = [];
    await trainGenerator(engine, config, pixelSource("test", pixels, config), {
      ...{ epochs: 10, batch: 20, seed: 1 },
      onProgress: ({ stage, value }) => stage === "autoencoder" && wanted.push(value ?? Number.NaN),
    });
    for (const look of OPENED_IN) {
      await site.opened(`${AT}&pace=slowest`, { ...look, gpu: true }, async (page) => {
        await drop(page, files);
        await page.click("[data-train]");
        await page.click('[data-control="run"]'); // pause
        for (const step of [0, 10]) {
          await until(
            page,
            `(document.querySelector('[data-control=step]').click(), /step ${step} of 20/.test(${status}))`,
          );
        }
        await page.click('[data-control="stop"]');
        await until(page, `${status} === "Stopped."`);
        await page.selectOption('[data-control="pace"]', "fast");
        await page.click("[data-train]");
        await until(page, `/^Trained on 40 pictures/.test(${status})`);
        const [head, ...rows] = await csvOf(page);
        assert.equal(head, ["stage", "step", "value"]);
        const losses = rows.filter(([stage]) => stage === "autoencoder");
        assert.equal(
          losses.map(([, step]) => step),
          ["10", "20"],
        );
        for (const [i, [, , loss]] of losses.entries()) {
          const node = wanted[i] as number;
          assert.ok(Math.abs(Number(loss) - node) <= 0.02 * node, `expected ${node}, got ${loss}`);
        }
        const chi2 = rows.filter(([stage]) => stage === "transport").map(([, , value]) => Number(value));
        assert.ok((chi2.at(-1) as number) <= 0.02, `χ² ${chi2}`);
        assert.is(await figureOf(page, "codes"), "40");
        const drawn = "document.querySelector('[data-pictures=drawn]')";
        assert.equal(await page.evaluate(`[${drawn}.width, ${drawn}.height]`), [8 * 12 + 7, 3 * 12 + 2]);
        const waiting = page.waitForEvent("download");
        await page.click('[data-save="generator"]');
        const saved = decodeGenerator(readFileSync(await (await waiting).path()));
        assert.equal([saved.config, saved.transport.problem.targets.count], [config, 40]);
        await page.click("[data-draw]");
        await assertLooks(page);
        await page.click('a[href="?chapter=digits"]:has-text("Walk")');
        await until(page, "/^Trained here: 40 stored codes/.test(document.querySelector('[data-about]')?.textContent)");
        await until(page, "/^\\d+$/.test(document.querySelector('[data-figure=cell]')?.textContent)");
      });
    }
  },

  async "an IDX file is read packed and unpacked, only as far as is asked, and files that are none are refused"() {
    const bytes = idx([700, 28, 28], digits(700));
    const labels = idx([30], new Uint8Array(30));
    const cut = idx([30, 28, 28], digits(30)).subarray(0, 9000);
    await site.opened("?chapter=train", {}, async (page) => {
      for (const [name, given] of [
        ["train-images-idx3-ubyte", bytes],
        ["train-images-idx3-ubyte.gz", new Uint8Array(gzipSync(bytes))],
      ] as const) {
        await drop(page, file(name, given));
        await until(
          page,
          `document.querySelector('[data-about]')?.textContent === "${name}: the first 500 of 700 pictures."`,
        );
      }
      for (const [given, message] of [
        [file("letter.txt", Buffer.from("no pictures at all")), "letter.txt: expected magic 0x00000801"],
        [file("train-labels-idx1-ubyte", labels), "expected pictures, got labels; drop the file of images."],
        [file("images-idx3", cut), "images-idx3: expected 23536 bytes for 30 pictures, got 9000"],
        [
          file("images.gz", Uint8Array.of(0x1f, 0x8b, 3, 4, 5, 6, 7, 8, 9)),
          "expected a gzip file that can be unpacked",
        ],
        [files.slice(0, 3), "expected at least 20 pictures, got 3"],
        [
          Array.from({ length: 20 }, (_, n) => ({ ...file(`${n}.png`, Uint8Array.of(1, 2)), mimeType: "image/png" })),
          "0.png: expected a picture that this browser can read; leave it out.",
        ],
      ] as const) {
        await drop(page, given as Parameters<typeof drop>[1]);
        await until(page, `document.querySelector('.note.bad')?.textContent.includes(${JSON.stringify(message)})`);
        assert.is(((await page.textContent(".note.bad")) ?? "").split("\n").length, 1);
      }
    });
  },

  async "500 digits are learnt within a minute"() {
    if (process.env["BRENIER_DEEP"] !== "1") return;
    await site.opened("?chapter=train", { gpu: true }, async (page) => {
      await drop(page, file("train-images-idx3-ubyte", idx([500, 28, 28], digits(500))));
      await page.click("[data-train]");
      const loss = "Number(document.querySelector('[data-figure=loss]').textContent)";
      await until(page, `${loss} > 0 && ${loss} < ${LEARNT}`);
    });
  },

  async "without a GPU it says what to do"() {
    const looking = site.opened(`${AT}&set=shapes`, {}, async (page) => {
      await page.click("[data-train]");
      await until(
        page,
        "/expected .*WebGPU adapter.*start the browser/.test(document.querySelector('.note')?.textContent)",
      );
      if (process.env["BRENIER_DEEP"] === "1") await assertLooks(page);
    });
    await looking.finally(() => site.close());
  },
});
