// The one place that turns text into HTML.

/** HTML that `html` made, and that is therefore not escaped again. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text is escaped, undefined is nothing. */
export type Part = string | number | Markup | undefined | readonly Part[];

/**
 * Characters that end lines, turn the direction of text, cannot be seen, or stand for half of
 * another one: in the name of a file they would make it look like another name.
 */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The text with a visible `\uXXXX` in place of each hidden character. */
export const visible = (text: string): string => text.replaceAll(HIDDEN, unicode);

/** HTML of a template. All that is put into it is escaped, for text and for quoted attributes. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(texts.map((text, i) => text + (i < parts.length ? rendered(parts[i]) : "")).join(""));
}

function rendered(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(rendered).join("");
  return visible(String(part)).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/**
 * JSON that may stand in a script element: no character of it can end the element or a line. Hidden
 * characters in texts are made visible, and numbers that JSON lacks become null.
 */
export function json(value: unknown): Markup {
  const text = JSON.stringify(value, (_key, each: unknown) => (typeof each === "string" ? visible(each) : each));
  return new Markup(visible(text).replaceAll(/[<>&]/g, unicode));
}
