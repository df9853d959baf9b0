import fc from "fast-check";
import * as assert from "uvu/assert";
import { html, json, Markup, visible } from "../../src/report/markup.ts";
import { describe } from "../support/suite.ts";

/** Strings with the characters that matter in HTML, and any others. */
const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom("<", ">", "&", '"', "'", "\n", "\r", "\u2028", "\u202e", "\u2066", "\u0000", "\ud800", "</script>"),
    fc.string({ minLength: 1, maxLength: 1, unit: "grapheme" }),
  ),
});
const OPTIONS = { seed: 1, numRuns: 500 };

describe("markup", {
  "what is put into a template is text, whatever it holds; its own markup is kept"() {
    const text = `</script><img src=x onerror='alert("1")'>&amp;`;
    assert.is(
      html`<p title="${text}">${text}</p>`.text.replaceAll(
        /&lt;\/script&gt;&lt;img src=x onerror=&#39;alert\(&quot;1&quot;\)&#39;&gt;&amp;amp;/g,
        "#",
      ),
      `<p title="#">#</p>`,
    );
    assert.is(
      html`<ul>${["a", "<b>"].map((each) => html`<li>${each}</li>`)}${undefined}${0}</ul>`.text,
      "<ul><li>a</li><li>&lt;b&gt;</li>0</ul>",
    );
    assert.is(html`${new Markup("<br>")}`.text, "<br>");
  },

  "hidden characters, such as line ends and changes of direction, are shown by their number"() {
    assert.is(visible("a\nb\u202egnp.exe\u2029\u0000\ud800é😀"), "a\\u000ab\\u202egnp.exe\\u2029\\u0000\\ud800é😀");
  },

  "no text of any kind leaves its place, in HTML or in JSON"() {
    fc.assert(
      fc.property(texts, (text) => {
        const inside = html`${text}`.text;
        assert.not.match(inside, /[<>"'\p{Cc}\u2028\u202e\u2066]/u);
        assert.not.match(inside, /&(?!(?:amp|lt|gt|quot|#39);)/);
        const told = json({ [text]: [text, 1, Number.NaN, null] }).text;
        assert.not.match(told, /[<>&\p{Cc}\u2028\u202e\u2066]/u);
        const [values] = Object.values(JSON.parse(told) as Record<string, unknown[]>);
        assert.equal(values, [visible(text), 1, null, null]);
      }),
      OPTIONS,
    );
  },
});
