import type { Chapter, Context, Mounted } from "../../shell/chapter.ts";
import { dropPlace } from "../../shell/drop.ts";
import { button, html } from "../../shell/elements.ts";
import { Bench } from "./bench.ts";
import { FEWEST, type Images, readImages } from "./read.ts";
import { simpleShapes } from "./shapes.ts";

export const chapter: Chapter = {
  section: "the autoencoder, and optimal transport to its codes",
  sentences: [
    "An autoencoder learns to write each picture as a few numbers, its code, and to draw it from them.",
    "Then transport sends noise to the codes, and the decoder draws new pictures from noise.",
    "All of it happens in this browser, in a worker beside the page; no picture leaves it.",
  ],
  mount(host, context) {
    const place = html("div");
    let bench: Bench | undefined;
    const show = (images: Images, set?: "shapes"): void => {
      context.state.set({ set });
      context.controls.stop();
      bench?.dispose();
      bench = new Bench(images, context);
      place.replaceChildren(bench.element);
      bench.begin();
    };
    const drop = dropPlace(
      {
        text: "Drop MNIST's train-images-idx3-ubyte here, packed or not, or a folder of your own PNG or JPEG pictures.",
        choose: "Choose files",
        folder: true,
        name: "pictures",
        signal: context.signal,
      },
      (files) => void reading(files, context, show),
    );
    const { state } = context;
    const wishes = [
      wish("Pictures at most", { ...PICTURES, value: limitOf(context) }, context, (value) =>
        state.set({ pictures: value }),
      ),
      wish("Pixels a side of own ones", { ...SIDES, value: sideOf(context) }, context, (value) =>
        state.set({ side: value }),
      ),
    ];
    drop.append(
      button("Take simple shapes", () => show(simpleShapes(limitOf(context)), "shapes"), { "data-shapes": "" }),
      html("p", { class: "wishes" }, ...wishes),
    );
    host.append(drop, place);
    if (context.state.text("set") === "shapes") show(simpleShapes(limitOf(context)), "shapes");
    return { dispose: () => bench?.dispose() } satisfies Mounted;
  },
};

async function reading(files: readonly File[], context: Context, show: (images: Images) => void): Promise<void> {
  const { signal, tell } = context;
  try {
    tell("");
    show(await readImages(files, { limit: limitOf(context), side: sideOf(context), signal }));
  } catch (error) {
    if (!signal.aborted) tell(`${(error as Error).message}.`, "bad");
  }
}

/** How many pictures are read, and to how many pixels a side own ones are brought. */
const PICTURES = { min: FEWEST, max: 5000 };
const SIDES = { min: 8, max: 64 };
const limitOf = ({ state }: Context): number => Math.round(state.number("pictures", 500, PICTURES.min, PICTURES.max));
const sideOf = ({ state }: Context): number => Math.round(state.number("side", 28, SIDES.min, SIDES.max));

/** A number that is asked for. One outside of its bounds is brought into them, which is told. */
function wish(
  name: string,
  { min, max, value }: { readonly min: number; readonly max: number; readonly value: number },
  { tell }: Context,
  onChange: (value: number) => void,
): HTMLLabelElement {
  const input = html("input", { type: "number", min, max, step: 1, value });
  input.addEventListener("change", () => {
    const wanted = input.valueAsNumber;
    const given = Number.isNaN(wanted) ? value : Math.max(min, Math.min(max, Math.round(wanted)));
    input.value = String(given);
    const [least, most, taken] = [min, max, given].map((bound) => bound.toLocaleString("en"));
    tell(given === wanted ? "" : `${name}: a whole number from ${least} to ${most}; ${taken} is taken.`);
    onChange(given);
  });
  return html("label", {}, `${name} `, input);
}
