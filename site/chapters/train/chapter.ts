import type { Chapter, Context, Mounted } from "../../shell/chapter.ts";
import { dropPlace } from "../../shell/drop.ts";
import { button, html } from "../../shell/elements.ts";
import { Bench } from "./bench.ts";
import { type Images, readImages } from "./read.ts";
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
    const show = (images: Images): void => {
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
      },
      (files) => void reading(files, context, show),
    );
    drop.append(
      button("Take simple shapes", () => show(simpleShapes(context.state.number("pictures", 500, 20, 5000))), {
        "data-shapes": "",
      }),
    );
    host.append(drop, place);
    if (context.state.text("set") === "shapes") show(simpleShapes(context.state.number("pictures", 500, 20, 5000)));
    return { dispose: () => bench?.dispose() } satisfies Mounted;
  },
};

async function reading(
  files: readonly File[],
  { state, signal, tell }: Context,
  show: (images: Images) => void,
): Promise<void> {
  try {
    tell("");
    const limit = Math.round(state.number("pictures", 500, 20, 5000));
    const side = Math.round(state.number("side", 28, 8, 64));
    show(await readImages(files, { limit, side, signal }));
  } catch (error) {
    if (!signal.aborted) tell(`${(error as Error).message}.`, "bad");
  }
}
