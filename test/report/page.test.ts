import { createHash } from "node:crypto";
import * as assert from "uvu/assert";
import type { ReportData } from "../../src/report/data.ts";
import { visible } from "../../src/report/markup.ts";
import { renderReport } from "../../src/report/page.ts";
import { embedded } from "../support/reportPage.ts";
import { describe } from "../support/suite.ts";

/** A name that tries to leave every place that it may come to. */
const HOSTILE = `</script><script>alert(1)</script>" onload='x' \u202e\r\n\u2028javascript:x<!--`;

/** A report in which every text is hostile. */
const hostile: ReportData = {
  command: "train",
  name: HOSTILE,
  state: "running",
  written: 0,
  progress: { text: HOSTILE, done: 1, total: 2 },
  resume: HOSTILE,
  about: HOSTILE,
  figures: [{ label: HOSTILE, value: HOSTILE, note: HOSTILE, missed: true }],
  missed: [{ what: HOSTILE, cause: HOSTILE }],
  pictures: [
    { title: HOSTILE, note: HOSTILE, file: HOSTILE, png: Uint8Array.of(1, 2, 3) },
    { title: HOSTILE, note: HOSTILE, file: HOSTILE, png: undefined },
  ],
  curves: [
    {
      title: HOSTILE,
      note: HOSTILE,
      xLabel: HOSTILE,
      x: [1, 2],
      lines: [{ label: HOSTILE, values: [3, null] }],
      log: true,
    },
  ],
  codes: {
    title: HOSTILE,
    note: HOSTILE,
    xLabel: HOSTILE,
    yLabel: HOSTILE,
    x: [1],
    y: [2],
    classes: [HOSTILE],
    labels: [0],
  },
  masses: { title: HOSTILE, note: HOSTILE, xLabel: HOSTILE, yLabel: HOSTILE, from: [0], width: 1, counts: [1] },
  cells: {
    scene: { width: 10, height: 10, shapes: [{ kind: "text", x: 0, y: 0, size: 9, text: "<b>", fill: [0, 0, 0] }] },
    masses: [1],
    asked: [1],
    neighbours: [[]],
  },
  tables: [
    {
      title: HOSTILE,
      note: HOSTILE,
      columns: [
        { name: HOSTILE, kind: "text" },
        { name: HOSTILE, kind: "bar" },
        { name: HOSTILE, kind: "number" },
      ],
      rows: [{ cells: [HOSTILE, 0.5, HOSTILE], missed: true }],
    },
  ],
  facts: [{ title: HOSTILE, rows: [[HOSTILE, HOSTILE]] }],
  lines: [HOSTILE],
  files: [{ path: `a/${HOSTILE}\ud800`, bytes: 12 }],
};

describe("report page", {
  "hostile names stay text in every place, and in the data"() {
    const page = renderReport(hostile);
    assert.is(page.match(/<script/g)?.length, 2, "the data and the script");
    const { charts, state } = embedded(page);
    assert.is(state, "running");
    assert.is(charts.length, 3);
    for (const chart of charts) assert.is(chart.title, visible(HOSTILE));
    const [own] = page.split('<script type="application/json"');
    const markup = own?.replace(/<style>[\s\S]*?<\/style>/, "") ?? "";
    assert.not.match(markup, /<!--|alert\(1\)<|\u202e|\u2028|\r/);
    // A tag is a name and attributes with quoted values; no handlers, styles or other schemes.
    for (const [tag] of markup.replace("<!doctype html>", "").matchAll(/<[a-z][^>]*>/g)) {
      assert.match(tag, /^<[a-z][a-z0-9]*(?: [a-zA-Z-]+(?:="[^"<>]*")?)*\/?>$/, tag);
      assert.not.match(tag.replaceAll(/"[^"]*"/g, ""), / (?:on\w+|style)=/, tag);
      const target = / (?:href|src)="([^"]*)"/.exec(tag)?.[1];
      assert.ok(target === undefined || /^(?:\.\/[\w%.!~*()-]|data:)/.test(target), tag);
    }
    assert.match(page, 'href="./a/%3C/script%3E');
  },

  "its policy names the digests of its own script and style, and allows nothing else"() {
    const page = renderReport(hostile);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
    const digest = (text: string): string => `&#39;sha256-${createHash("sha256").update(text).digest("base64")}&#39;`;
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
    assert.ok(style.length > 1000 && script.length > 10_000);
    assert.ok(policy.includes(`style-src ${digest(style)};`), policy);
    assert.ok(policy.includes(`script-src ${digest(script)};`), policy);
    assert.match(policy, "default-src &#39;none&#39;");
    assert.match(script, /MIT License[\s\S]*Leon Sorokin/);
    assert.not.match(page, /\bhttps?:(?!\/\/www\.w3\.org)/);
  },

  "an empty report is a whole page, and far below its limit"() {
    const { command, name, written } = hostile;
    const none: ReportData = {
      command,
      name,
      written,
      state: "finished",
      about: "",
      figures: [],
      missed: [],
      pictures: [],
      curves: [],
      tables: [],
      facts: [],
      lines: [],
      files: [],
    };
    const page = renderReport(none);
    assert.match(page, /^<!doctype html>\n<html lang="en">[\s\S]*<\/html>\n$/);
    assert.not.match(page, "<section");
    assert.not.match(page, 'id="reload"');
    assert.ok(page.length < 100_000, `${page.length} characters`);
  },
});
