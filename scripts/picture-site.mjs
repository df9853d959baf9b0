// Takes the pictures of the site's chapters for the docs, in Debian's Chromium with SwiftShader, as
// PNG of 256 colours: `npm run site -- --pictures`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { root } from "./command.mjs";
import { listen, siteServer } from "./serve.mjs";

/** Chapters, by their addresses. */
const CHAPTERS = ["cells", "samples", "collapse", "potential"];
const [WIDTH, HEIGHT] = [1280, 900];
const FLAGS = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const MINUTES = 5;

/** @param {string} site the folder of the built site @param {(line: string) => void} say */
export async function takePictures(site, say) {
  const server = siteServer({ site });
  const address = await listen(server, 0);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  try {
    for (const name of CHAPTERS) {
      const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme: "light" });
      await page.goto(`${address}?chapter=${name}`);
      await page.waitForSelector('.controls[data-running="false"]', { timeout: 60_000 * MINUTES });
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
