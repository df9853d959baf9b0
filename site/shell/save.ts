import { button, html } from "./elements.ts";

/** What a chapter has to save, as it is when a button is pressed. */
export interface Offer {
  /** Name of the files without their ending. */
  readonly name: string;
  /** An SVG can be saved as SVG and PNG, a canvas as PNG. */
  readonly picture: () => SVGSVGElement | HTMLCanvasElement;
  /** Rows of numbers or texts, the first of them the names of the columns. */
  readonly points: () => readonly (readonly (string | number)[])[];
}

export interface Save {
  offer(offer: Offer): void;
}

/** Pixels of a saved picture for each pixel on the screen. */
const SCALE = 2;
/** What a shape looks like, which a file without this page's style has to say itself. */
const LOOKS = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap"],
  ...["stroke-linejoin", "opacity", "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline"],
];

/** The buttons that save what a chapter shows. */
export class SaveBar implements Save {
  readonly element = html("div", { class: "save", role: "group", "aria-label": "Save", hidden: true });

  offer({ name, picture, points }: Offer): void {
    const save = (blob: Blob, ending: string): void => download(blob, `brenier-${name}.${ending}`);
    const png = button("PNG", async () => save(await pngOf(picture()), "png"), { "data-save": "png" });
    const vector = button(
      "SVG",
      () => {
        const drawn = picture();
        if (drawn instanceof SVGSVGElement) save(new Blob([svgText(drawn)], { type: "image/svg+xml" }), "svg");
      },
      { "data-save": "svg" },
    );
    const csv = button("CSV", () => save(new Blob([csvText(points())], { type: "text/csv" }), "csv"), {
      "data-save": "csv",
    });
    this.element.replaceChildren(
      html("span", { class: "name" }, "Save"),
      png,
      ...(picture() instanceof SVGSVGElement ? [vector] : []),
      csv,
    );
    this.element.hidden = false;
  }
}

function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string => {
    const text = String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/** An SVG as a file of its own, with the looks that this page's style gives it. */
function svgText(picture: SVGSVGElement): string {
  if (!picture.isConnected) {
    const aside = html("div", { class: "aside" }, picture); // no style applies elsewhere
    document.body.append(aside);
    try {
      return svgText(picture);
    } finally {
      aside.remove();
    }
  }
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const from = [picture, ...picture.querySelectorAll<SVGElement>("*")];
  const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [i, element] of from.entries()) {
    const looks = getComputedStyle(element);
    const target = to[i] as SVGElement;
    for (const name of ["class", "style", "tabindex"]) target.removeAttribute(name);
    if (looks.display === "none" || looks.visibility === "hidden") target.setAttribute("display", "none");
    if (!(element instanceof SVGGeometryElement || element instanceof SVGTextContentElement)) continue;
    for (const name of LOOKS) target.setAttribute(name, looks.getPropertyValue(name));
  }
  const { width, height, x, y } = picture.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x, y, width, height })) ground.setAttribute(name, String(value));
  ground.setAttribute("fill", getComputedStyle(document.documentElement).getPropertyValue("--sheet"));
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

async function pngOf(picture: SVGSVGElement | HTMLCanvasElement): Promise<Blob> {
  const canvas = picture instanceof SVGSVGElement ? await drawn(picture) : picture;
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("save: expected a picture, got none")) : resolve(blob)));
  });
}

async function drawn(picture: SVGSVGElement): Promise<HTMLCanvasElement> {
  const { width, height } = picture.viewBox.baseVal;
  const url = URL.createObjectURL(new Blob([svgText(picture)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = html("canvas", { width: SCALE * width, height: SCALE * height });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Gives a file to the reader. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = html("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
