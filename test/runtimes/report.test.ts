// Reports in a browser: Debian's Chromium, which opens them from the disk as a user does.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import * as assert from "uvu/assert";
import type { ReportData } from "../../src/report/data.ts";
import { renderReport } from "../../src/report/page.ts";
import { command } from "../support/command.ts";
import { writeDigits } from "../support/digits.ts";
import { embedded, readPage } from "../support/reportPage.ts";
import { describe } from "../support/suite.ts";
import { tinyFolder } from "../support/tinyRun.ts";

const CHROMIUM = "/usr/bin/chromium";
const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const LOOKS = [
  { scheme: "light", width: 375 },
  { scheme: "dark", width: 1440 },
] as const;

const folder = tinyFolder();
writeDigits(folder, 200, 50);
const points = Array.from({ length: 40 }, (_, i) => `${(i * 7) % 11},${(i * 5) % 13}`);
writeFileSync(join(folder, "points.csv"), `${points.join("\n")}\n`);
const small = ["--epochs", "3", "--batch", "20", "--latent", "8", "--chi2", "0.2", "--samples", "30", "--audit"];
for (const [entry, args] of [
  ["train", [...small, "--out", "digits"]],
  ["transport", ["points.csv", "--exact", "--out", "cells"]],
] as const) {
  const { code, err } = await command(folder, entry, args);
  assert.is(code, 0, err);
}

/** A report of a run that goes on, and one of a run that failed. */
const running: ReportData = {
  command: "train",
  name: "running",
  state: "running",
  written: Date.now(),
  progress: { text: "autoencoder", done: 30, total: 100 },
  resume: "node dist/train.js --resume running",
  about: "It goes on.",
  figures: [{ label: "Loss", value: "12.3", missed: true }],
  missed: [{ what: "χ² of 0.02 was asked.", cause: "budget: all samples were used" }],
  pictures: [],
  curves: [],
  tables: [],
  facts: [],
  lines: ["a line"],
  files: [],
};
for (const state of ["running", "failed"] as const) {
  mkdirSync(join(folder, state));
  writeFileSync(join(folder, state, "report.html"), renderReport({ ...running, state }));
}
const RUNS = ["digits", "cells", "running", "failed"];

const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const fileOf = (run: string): string => join(folder, run, "report.html");

/** Opens a report and hands it to `look`; the page may ask for nothing and complain of nothing. */
async function opened(
  run: string,
  { width = 1440, scheme = "light" as "light" | "dark", clock = false },
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    if (clock) await page.clock.install();
    await page.goto(pathToFileURL(fileOf(run)).href);
    await look(page);
    assert.equal(complaints, [], `${run}: complaints`);
    assert.equal(
      requests.filter((url) => !/^(?:data|file):/.test(url)),
      [],
      `${run}: requests`,
    );
  } finally {
    await context.close();
  }
}

/** What axe finds, as lines. */
const violations = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(AXE);
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) => [id, help, nodes[0].html].join(': ')))",
  );
};

const text = async (page: Page, selector: string): Promise<string> => (await page.textContent(selector)) ?? "";

describe("report in a browser", {
  async "axe finds nothing, in light and narrow and in dark and wide, and nothing stands out at the side"() {
    for (const run of RUNS) {
      for (const look of LOOKS) {
        await opened(run, look, async (page) => {
          const what = `${run}, ${look.scheme}, ${look.width} pixels`;
          assert.equal(await violations(page), [], what);
          assert.is(await page.evaluate("document.documentElement.scrollWidth"), look.width, what);
        });
      }
    }
  },

  async "each chart is drawn, read off and zoomed by keyboard, and shows all again"() {
    await opened("digits", {}, async (page) => {
      const { charts } = embedded(readPage(fileOf("digits")));
      assert.is(await page.locator(".plot canvas").count(), charts.length);
      const loss = page.locator(".plot").first();
      const output = loss.locator("output");
      const [chart] = charts;
      assert.ok(chart?.kind === "curve" && chart.x.length === 3);
      assert.is(await output.textContent(), `step 30: loss ${await wordOf(page, chart.lines[0]?.values[2])}`);
      await loss.locator(".canvas").focus();
      await page.keyboard.press("Home");
      assert.is(await output.textContent(), `step 10: loss ${await wordOf(page, chart.lines[0]?.values[0])}`);
      await page.keyboard.press("ArrowRight");
      assert.match((await output.textContent()) ?? "", /^step 20: /);
      assert.match((await loss.locator(".canvas").getAttribute("aria-valuetext")) ?? "", /^step 20: /);
      // Within half of the range, 15 to 25, lies one value.
      await page.keyboard.press("+");
      await page.keyboard.press("End");
      assert.match((await output.textContent()) ?? "", /^step 20: /);
      await page.keyboard.press("0");
      await page.keyboard.press("End");
      assert.match((await output.textContent()) ?? "", /^step 30: /);
    });
  },

  async "the pointer zooms by drawing over a chart, and the zoom outlives loading again"() {
    await opened("digits", {}, async (page) => {
      const over = page.locator(".plot .u-over").first();
      await over.scrollIntoViewIfNeeded();
      const box = await over.boundingBox();
      assert.ok(box !== null);
      const drag = async (from: number, to: number): Promise<void> => {
        await page.mouse.move(box.x + from * box.width, box.y + box.height / 2);
        await page.mouse.down();
        await page.mouse.move(box.x + to * box.width, box.y + box.height / 2, { steps: 4 });
        await page.mouse.up();
      };
      await drag(0.3, 0.7);
      const last = async (): Promise<string> => {
        await page.locator(".plot .canvas").first().focus();
        await page.keyboard.press("End");
        return text(page, ".plot output");
      };
      assert.match(await last(), /^step 20: /);
      await page.reload();
      assert.match(await last(), /^step 20: /);
      await page.locator(".plot .tools button").nth(2).click();
      assert.match(await last(), /^step 30: /);
    });
  },

  async "classes are hidden and shown by buttons, and pictures enlarge and change by keys"() {
    await opened("digits", {}, async (page) => {
      const part = page.locator(".points .parts button").first();
      assert.is(await part.getAttribute("aria-pressed"), "true");
      await part.press("Enter");
      assert.is(await part.getAttribute("aria-pressed"), "false");
      await page.locator("button.picture").first().press("Enter");
      assert.is(await text(page, "#large-title"), "Reals");
      await page.keyboard.press("ArrowRight");
      assert.is(await text(page, "#large-title"), "Reconstructions");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      assert.is(await text(page, "#large-title"), "Samples");
      assert.equal(await violations(page), []);
      await page.keyboard.press("Escape");
      assert.is(await page.locator("dialog[open]").count(), 0);
    });
  },

  async "a cell tells its mass and neighbours when it is pointed at, and by its number"() {
    await opened("cells", {}, async (page) => {
      const { cells } = embedded(readPage(fileOf("cells")));
      await page.fill("#cell", "7");
      assert.match(await text(page, "#cell-text"), `neighbours: ${cells?.neighbours[7]?.join(", ")}`);
      assert.match(await text(page, "#cell-text"), "mass 0.025, asked 0.025");
      for (const none of ["500", "-1", ""]) {
        await page.fill("#cell", none);
        await page.press("#cell", "Enter");
        assert.is(await page.inputValue("#cell"), "7", `"${none}" is no cell`);
      }
      await page.locator('circle[data-cell="11"]').hover({ force: true });
      assert.is(await page.inputValue("#cell"), "11");
      assert.is(await page.locator("#cells-picture .chosen").count(), 2, "its polygon and its target are outlined");
      await page.locator("h1").hover();
      assert.is(await page.inputValue("#cell"), "7");
    });
  },

  async "the page of a run that goes on loads itself again, unless this is unwanted; that of an ended one does not"() {
    await opened("running", { clock: true }, async (page) => {
      const again = page.waitForEvent("load");
      await page.clock.fastForward(10_500);
      await again;
      assert.is(await page.locator("#silent").isVisible(), false);
      await page.locator("#reload").uncheck();
      let loads = 0;
      page.on("load", () => loads++);
      await page.clock.fastForward(100_000);
      assert.is(loads, 0);
      assert.is(await page.locator("#silent").isVisible(), true, "after a while it says how to go on");
    });
    await opened("failed", { clock: true }, async (page) => {
      let loads = 0;
      page.on("load", () => loads++);
      await page.clock.fastForward(100_000);
      assert.is(loads, 0);
    });
  },

  async "it prints"() {
    await opened("digits", { scheme: "dark" }, async (page) => {
      const pdf = await page.pdf({ format: "A4", printBackground: true });
      assert.ok(pdf.length > 20_000, `${pdf.length} bytes`);
      await page.emulateMedia({ media: "print" });
      assert.is(
        await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--sheet').trim()"),
        "#ffffff",
      );
    });
    for (const run of ["digits", "cells"]) {
      await opened(run, {}, async (page) => {
        await page.evaluate("dispatchEvent(new Event('beforeprint'))");
        const drawn = await page.evaluate(
          `[...document.querySelectorAll(".plot .u-wrap")].map(({ style }) => style.width)`,
        );
        const most = run === "cells" ? "704px" : "340px";
        assert.ok((drawn as string[]).length > 0);
        for (const each of drawn as string[]) assert.is(each, most, "drawn for paper, whatever the window");
        // A4, and with wide margins.
        for (const width of [718, 560]) {
          await page.setViewportSize({ width, height: 1000 });
          await page.emulateMedia({ media: "print" });
          const shares = await page.evaluate(`[...document.querySelectorAll(".plot")].map((plot) => {
            const [canvas, figure] = [plot.querySelector("canvas"), plot.parentElement];
            return canvas.getBoundingClientRect().width / figure.getBoundingClientRect().width;
          })`);
          for (const share of shares as number[]) assert.ok(Math.abs(share - 1) <= 0.01, `${run}, ${width}: ${share}`);
        }
      });
    }
    await browser.close();
  },
});

/** A number as the page words it. */
const wordOf = (page: Page, value: number | null | undefined): Promise<string> =>
  page.evaluate(`new Intl.NumberFormat("en", { maximumSignificantDigits: 4 }).format(${value})`);
