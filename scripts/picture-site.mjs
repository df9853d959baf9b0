// Takes the pictures of the site's chapters for the docs, in Debian's Chromium with SwiftShader, as
// PNG of 256 colours: `npm run site -- --pictures`; with the folder of a run that was trained with
// --audit, `npm run site -- --pictures RUN`, also of the chapters that show a run.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { root } from "./command.mjs";
import { listen, siteServer } from "./serve.mjs";

/**
 * Chapters by their addresses, with what is pressed to begin, and whether they show a run.
 * @type {Readonly<Record<string, { query?: string, press?: string, shown?: string, run?: true }>>}
 */
const CHAPTERS = {
  cells: {},
  samples: {},
  collapse: {},
  potential: {},
  train: { query: "&set=shapes&pictures=300&epochs=20", press: "[data-train]", shown: "[data-pictures=drawn]" },
  digits: { query: "&p=5&q=8&r=12", shown: ".plane image", run: true },
  audit: { query: "&at=500", shown: "[data-text=Reference]:not(:empty)", run: true },
};
const [WIDTH, HEIGHT] = [1280, 900];
const FLAGS = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const MINUTES = 5;

/**
 * @param {string} site the folder of the built site
 * @param {string | undefined} run the folder of a run
 * @param {(line: string) => void} say
 */
export async function takePictures(site, run, say) {
  const server = siteServer({ site, run });
  const address = await listen(server, 0);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  try {
    for (const [name, { query = "", press, shown, run: needed }] of Object.entries(CHAPTERS)) {
      if (needed && run === undefined) continue;
      const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme: "light" });
      page.setDefaultTimeout(60_000 * MINUTES);
      await page.goto(`${address}?chapter=${name}${query}`);
      if (press !== undefined) await page.click(press);
      await page.waitForSelector(shown ?? '.controls[data-running="false"]');
      const png = await sharp(await page.screenshot({ fullPage: true }))
        .png({ palette: true, effort: 10 })
        .toBuffer();
      const output = `docs/site-${name}.png`;
      writeFileSync(join(root, output), png);
      say(`${output}: ${png.length} bytes`);
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
}
