// Takes the picture of a report for the docs: `node scripts/picture-report.mjs RUN` opens the
// report.html in the folder RUN in Debian's Chromium and writes docs/report.png, of 256 colours.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { main, Stop } from "./command.mjs";

const OUTPUT = "docs/report.png";
const [WIDTH, HEIGHT] = [1280, 1310];

await main(async () => {
  const [run, ...more] = process.argv.slice(2);
  if (run === undefined || more.length > 0) throw new Stop("picture-report: expected the folder of a run");
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme: "light" });
    await page.goto(pathToFileURL(resolve(run, "report.html")).href);
    const png = await sharp(await page.screenshot())
      .png({ palette: true, effort: 10 })
      .toBuffer();
    writeFileSync(OUTPUT, png);
    console.log(`${OUTPUT}: ${png.length} bytes`);
  } finally {
    await browser.close();
  }
});
