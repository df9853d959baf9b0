// The site as hands use it: links within a page, leaving at once, what is dropped and pasted.
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { csvOf, ended, figureOf, noteOf, servedSite, until } from "../support/sitePage.ts";
import { describe } from "../support/suite.ts";

const site = await servedSite();

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate("document.querySelector('details').open = true");
  await page.fill("textarea", text);
  await page.click('[data-control="paste"]');
}

/** Drops something on the page: false where the browser would then leave the page for it. */
const drop = (page: Page, what: string): Promise<boolean> =>
  page.evaluate(`(() => {
    const dataTransfer = new DataTransfer();
    ${what}
    const over = new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("main").dispatchEvent(over);
    const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("main").dispatchEvent(drop);
    return over.defaultPrevented && drop.defaultPrevented;
  })()`);

describe("site as it is used", {
  async "the link to the chapter leads there, and leaves its work as it is"() {
    await site.opened("?chapter=train&set=shapes", {}, async (page) => {
      await page.waitForSelector("[data-about]");
      await page.evaluate("document.querySelector('.train').id = 'mine'");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.is(await page.evaluate("document.activeElement.id"), "chapter");
      await page.keyboard.press("Tab");
      assert.is(await page.evaluate("document.activeElement.textContent"), "The paper");
      assert.is(await page.locator("#mine").count(), 1);
    });
  },

  async "what was changed last is there again after the way back, however soon one left"() {
    await site.opened("?chapter=cells&n=4", {}, async (page) => {
      await ended(page);
      await page.focus("svg[tabindex]");
      await page.keyboard.press("Delete");
      await page.evaluate("document.querySelector('a[rel=next]').click()");
      await page.waitForSelector("h1:text-is('Monte Carlo against Newton')");
      await page.goBack();
      await until(page, "document.querySelector('[data-figure=count]')?.textContent === '3'");
    });
  },

  async "a chapter that cannot be loaded is told in one sentence, and opens once it can"() {
    await site.opened("?chapter=cells&n=4", { offline: true }, async (page) => {
      await ended(page);
      await page.route("**/chunks/**", (route) => route.abort());
      await page.click("a[rel=next]");
      await until(
        page,
        "/^This chapter could not be loaded; look at the connection/.test(document.querySelector('.note.bad')?.textContent)",
      );
      await page.unroute("**/chunks/**");
      await page.click("nav a:has-text('Generator and discriminator')");
      await ended(page);
    });
  },

  async "NaN before all numbers is refused, and a saved CSV can be pasted"() {
    await site.opened("?chapter=cells&set=own&points=0.1,0.2;-0.3,0.1,2.5;0.2,0.2,0", {}, async (page) => {
      await ended(page);
      const saved = await csvOf(page);
      for (const first of ["NaN, NaN", "nan\t1", "-Infinity,inf"]) {
        await paste(page, `${first}\n0,0\n`);
        assert.match(await noteOf(page), /^Expected x, y and a weight or none in each line, got “.*” as point 1\.$/);
      }
      await paste(page, "x1,x2\n0,0\n0.25,0\n");
      await until(page, "document.querySelector('[data-figure=count]').textContent === '2'");
      assert.is(await page.locator(".note:not([hidden])").count(), 0);
      await paste(page, saved.map((row) => row.join(",")).join("\n"));
      await until(page, "document.querySelector('[data-figure=count]').textContent === '3'");
      await ended(page);
      assert.equal(await csvOf(page), saved);
      assert.match(await figureOf(page, "w2"), /^[\d.]+$/);
      await paste(page, Array.from({ length: 500 }, (_, i) => `${i % 25},${Math.floor(i / 25)}`).join("\n"));
      await until(page, "document.querySelector('[data-figure=count]').textContent === '500'");
      assert.is(await page.textContent("label.slider:has-text('Number of points') output"), "500");
      const inside = "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)";
      await page.evaluate(`document.querySelector("[data-figure=mass]").textContent = "0.000666667"`);
      assert.ok(await page.evaluate(`${inside}(document.querySelector(".figures"))`), "figures stand inside");
    });
  },

  async "simple shapes are kept in the address until others are dropped"() {
    await site.opened("?chapter=train", {}, async (page) => {
      const wish = page.locator(".wishes input").first();
      await wish.fill("-3");
      await wish.press("Enter");
      assert.is(await noteOf(page), "Pictures at most: a whole number from 20 to 5,000; 20 is taken.");
      assert.is(await wish.inputValue(), "20");
      await wish.fill("40");
      await wish.press("Enter");
      assert.is(await page.locator(".note:not([hidden])").count(), 0);
      await page.click("[data-shapes]");
      await until(page, "/&set=shapes/.test(location.search)");
      await page.reload();
      await page.waitForSelector("[data-about]");
    });
  },

  async "a file dropped where none is taken does not take the page away, and a drop of none is told"() {
    const file = `dataTransfer.items.add(new File(["0,0"], "points.csv"));`;
    await site.opened("?chapter=cells", {}, async (page) => {
      await ended(page);
      assert.ok(await drop(page, file), "a file of points");
      await until(page, "document.querySelector('[data-figure=count]').textContent === '1'");
      assert.ok(await drop(page, `dataTransfer.items.add(new File(["letter"], "letter.csv"));`), "another file");
      await page.waitForSelector("text=Expected points, a line “x, y” for each, got none.");
      assert.not(await drop(page, `dataTransfer.setData("text/plain", "0,0");`), "a text, which a field may take");
    });
    await site.opened("?chapter=potential", {}, async (page) => {
      await ended(page);
      assert.ok(await drop(page, file), "a file");
    });
    for (const chapter of ["digits", "train", "audit"]) {
      await site.opened(`?chapter=${chapter}`, {}, async (page) => {
        await page.waitForSelector(".drop");
        await drop(page, `dataTransfer.setData("text/plain", "0,0");`);
        await until(page, "/expected .* got no/.test(document.querySelector('.note.bad')?.textContent)");
      });
    }
    await site.close();
  },
});
