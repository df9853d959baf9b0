// The chapter “Audit” in a browser without a GPU: it shows what the record and the sources say.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import * as assert from "uvu/assert";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { readRecord } from "../../src/audit/record/readRecord.ts";
import type { DispatchLine, Line } from "../../src/audit/record/record.ts";
import { assertLooks, csvOf, figureOf, OPENED_IN, servedSite, until } from "../support/sitePage.ts";
import { describe } from "../support/suite.ts";
import { temporaryFolder, tinyRecord } from "../support/tinyRecord.ts";

const run = join(temporaryFolder(), "tiny");
const gpu = await openGpu();
await tinyRecord(gpu, run, { level: "digests", every: 1 });
await gpu.dispose();
const text = readFileSync(join(run, "audit.jsonl"), "utf8");
const all = [...readRecord(run)].filter((line): line is Exclude<Line, { kind: "submit" }> => line.kind !== "submit");
const commands = all.filter(({ seq }) => seq !== undefined);
const products = commands.filter((line): line is DispatchLine => line.kind === "dispatch" && line.op === "matmul");
const product = products[1] as DispatchLine;
const site = await servedSite(run);
const AT = `?chapter=audit&at=${product.seq}`;

const shown = (page: Page): Promise<void> =>
  until(page, "document.querySelector('[data-text=Reference]')?.textContent");
const drop = (page: Page, name: string, lines: string): Promise<void> =>
  page.setInputFiles('[data-files="record"]', { name, mimeType: "application/jsonl", buffer: Buffer.from(lines) });
const told = (page: Page, what: string): Promise<void> =>
  until(page, `document.querySelector('.note.bad:not([hidden])')?.textContent.includes(${JSON.stringify(what)})`);

/** A record of so many commands: those of this one, again and again. */
function longRecord(count: number): string {
  const [header, ...lines] = text.trimEnd().split("\n");
  const dispatches = lines.filter((line) => line.includes('"kind":"dispatch"'));
  const rows = Array.from({ length: count }, (_, seq) => {
    const line = dispatches[seq % dispatches.length] as string;
    return line
      .replace(/^\{"seq":\d+,"at":[^,]*/, `{"seq":${seq},"at":${seq / 10}`)
      .replace(/^\{"at":[^,]*/, `{"seq":${seq},"at":${seq / 10}`);
  });
  return `${[header, ...rows].join("\n")}\n`;
}

describe("a record in a browser", {
  async "commands, shapes, numbers and texts are those of the record and of the sources (in each look with BRENIER_DEEP=1)"() {
    for (const look of OPENED_IN) {
      await site.opened(AT, look, async (page) => {
        await shown(page);
        assert.is(await figureOf(page, "commands"), String(commands.length));
        const rest = all.length - commands.length;
        assert.ok(rest > 0);
        assert.is(
          await page.textContent('[data-control="status"]'),
          `${commands.length} commands, to the end of the record; ${rest} without a number, to save or resume, are left out.`,
        );
        const kernels = new Set(commands.flatMap((line) => (line.kind === "dispatch" ? [line.kernel] : [])));
        assert.is(await figureOf(page, "kernels"), String(kernels.size));
        assert.is(await page.textContent("[data-command]"), `matmul (${product.kernel})`);
        assert.match(
          (await page.textContent("[data-place]")) ?? "",
          `Command ${product.seq} · autoencoder, epoch 1, step 2`,
        );
        for (const { name, shape, access } of product.buffers) {
          const row = (await page.textContent(`[data-buffer="${name}"]`)) ?? "";
          assert.match(row, `[${shape.join(", ")}] f32${access.replace("_", " and ")}`);
        }
        const [name, digest] = Object.entries(product.outputs ?? {})[0] ?? [];
        const row = (await page.textContent(`[data-buffer="${name}"]`)) ?? "";
        assert.ok(digest !== undefined && digest.values.length > 0);
        for (const value of [digest.min, digest.max, digest.mean, ...digest.values.map(([, value]) => value)]) {
          assert.match(row, String(Number(Number(value).toPrecision(6))));
        }
        assert.is(
          await page.textContent("[data-text=WGSL]"),
          readFileSync(join(run, "audit", `${product.text}.wgsl`), "utf8"),
        );
        const reference = (await page.textContent("[data-text=Reference]")) ?? "";
        assert.match(reference, readFileSync("src/tensor/reference/matmul.ts", "utf8"));
        const [, ...rows] = await csvOf(page);
        assert.equal(
          rows.map(([seq, at, , , , kind]) => [seq, at, kind]),
          commands.map(({ seq, at, kind }) => [String(seq), String(at), kind]),
        );
        await assertLooks(page);
      });
    }
  },

  async "arrow keys go from command to command, and a walk step by step"() {
    await site.opened(`${AT}&pace=slowest`, {}, async (page) => {
      await shown(page);
      const place = async (): Promise<string> => ((await page.textContent("[data-place]")) ?? "").split(" · ")[0] ?? "";
      const at = product.seq as number;
      await page.focus(".timeline");
      await page.keyboard.press("ArrowRight");
      assert.is(await place(), `Command ${at + 1}`);
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("+");
      await page.keyboard.press("ArrowDown"); // the next of the same kernel
      assert.is(await place(), `Command ${products[2]?.seq}`);
      assert.is(
        await page.getAttribute(".timeline", "aria-valuenow"),
        String(commands.indexOf(products[2] as DispatchLine)),
      );
      await page.keyboard.press("0");
      await until(page, `new URLSearchParams(location.search).get("at") === "${products[2]?.seq}"`);
      await page.click("[data-walk]");
      await page.click('[data-control="step"]');
      await until(
        page,
        `/^${commands.indexOf(products[2] as DispatchLine) + 1} of /.test(document.querySelector('[data-control=status]').textContent)`,
      );
      await page.click('[data-control="stop"]');
    });
  },

  async "a record alone shows the kernels of the package, and a text with another digest is told"() {
    await site.opened("?chapter=audit", {}, async (page) => {
      await page.waitForSelector("[data-command]");
      await drop(page, "audit.jsonl", text);
      await page.focus(".timeline");
      await until(page, "/^audit.jsonl/.test(document.querySelector('[data-about]').textContent)");
      await page.keyboard.press("End");
      await page.keyboard.press("Home");
      const first = products[0] as DispatchLine;
      for (let n = 0; n < commands.indexOf(first); n++) await page.keyboard.press("ArrowRight");
      const shader = readFileSync(`shaders/${first.kernel}.wgsl`, "utf8");
      await until(page, `document.querySelector('[data-text=WGSL]')?.textContent.includes(${JSON.stringify(shader)})`);
      const forged = readdirSync(join(run, "audit")).map((name) => ({
        name,
        mimeType: "text/plain",
        buffer: Buffer.from("fn forged() {}"),
      }));
      const record = { name: "audit.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(text) };
      await page.setInputFiles('[data-files="record"]', [record, ...forged]);
      await until(page, "document.querySelector('.texts h2.bad')?.textContent.includes('not what the record names')");
    });
  },

  async "10,000 commands are read at most, and others by their number"() {
    await site.opened("?chapter=audit", {}, async (page) => {
      await drop(page, "audit.jsonl", longRecord(10_250));
      await until(page, "document.querySelector('[data-figure=commands]')?.textContent === '10,000'");
      assert.match(
        (await page.textContent('[data-control="status"]')) ?? "",
        "The 10,000 commands from number 0 on; more follow.",
      );
      await page.fill("[data-from]", "10200");
      await page.keyboard.press("Enter");
      await until(page, "document.querySelector('[data-figure=commands]')?.textContent === '50'");
      await page.fill("[data-from]", "20000");
      await page.keyboard.press("Enter");
      await told(page, "expected commands from number 20000 on, got none");
    });
    await site.opened("?chapter=audit&from=20000", {}, async (page) => {
      await told(page, "expected commands from number 20000 on, got none; begin with an earlier one");
      await page.fill("[data-from]", "-3");
      await page.keyboard.press("Enter");
      await until(page, `document.querySelector('[data-figure=commands]')?.textContent === '${commands.length}'`);
    });
  },

  async "what is no record, or a damaged one, is refused in one sentence"() {
    const lines = text.split("\n");
    await site.opened("?chapter=audit", {}, async (page) => {
      await page.waitForSelector("[data-command]");
      for (const [name, given, message] of [
        ["notes.txt", "hello", "expected audit.jsonl of a run, got notes.txt"],
        ["audit.jsonl", "hello\n", "line 1: expected JSON"],
        ["audit.jsonl", "", "expected a header, got a file without a whole line"],
        ["audit.jsonl", '{"format":"other"}\n', "read it with that version, or record the run again"],
        ["audit.jsonl", `${[lines[0], ...lines.slice(4)].join("\n")}`, "lines are missing, doubled or out of order"],
      ] as const) {
        await drop(page, name, given);
        await told(page, message);
        assert.is(((await page.textContent(".note.bad")) ?? "").split("\n").length, 1);
      }
    });
  },

  async "a record that was cut inside a line is told to be cut"() {
    await site.opened("?chapter=audit", {}, async (page) => {
      await page.waitForSelector("[data-command]");
      await drop(page, "audit.jsonl", text.slice(0, -30));
      await until(
        page,
        "/ commands; the record was cut inside its last line/.test(document.querySelector('[data-control=status]').textContent)",
      );
    });
  },

  async "the browser is closed"() {
    await site.close();
  },
});
