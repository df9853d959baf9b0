import type { Chapter, Context, Mounted } from "../../shell/chapter.ts";
import { dropPlace } from "../../shell/drop.ts";
import { button, html } from "../../shell/elements.ts";
import { handedOver } from "../../shell/handover.ts";
import { runFile, servedRun } from "../../shell/run.ts";
import { sentence } from "../../shell/words.ts";
import { checkSize, Generator } from "./generator.ts";
import { Plane } from "./view.ts";

export const chapter: Chapter = {
  section: "singularity sets, the extended map and mode mixing",
  sentences: [
    "A generator sends noise to a stored code by its cell, and decodes it.",
    "Drag the point through a plane of the noise: across a red edge the map jumps; across a grey one it may mix the codes of both sides.",
    "A continuous network cannot jump, so it would draw the mixtures of the last row.",
  ],
  withoutGpu: "The cells and their angles are shown all the same, without pictures.",
  async mount(host, context) {
    const place = html("div");
    let open: { readonly plane: Plane; readonly generator: Generator } | undefined;
    const close = (): void => {
      context.controls.stop();
      open?.plane.dispose();
      open?.generator.dispose();
      open = undefined;
    };
    const show = async (bytes: Uint8Array, name: string): Promise<void> => {
      const gpu = await context.gpu();
      if (context.signal.aborted) return;
      const generator = new Generator(gpu, bytes, name); // the one before stays where this is none
      close();
      const lost = (): void => {
        close();
        context.tell("The GPU was lost in the middle; the chapter can go on where it was with another one.", "bad");
        const goOn = (): void => void loading(context, () => show(bytes, name));
        place.replaceChildren(button("Go on", goOn, { class: "primary", "data-go-on": "" }));
      };
      const plane = new Plane(generator, context, lost);
      open = { plane, generator };
      place.replaceChildren(plane.element);
      await plane.begin();
    };
    const drop = dropPlace(
      {
        text: "Drop a generator.safetensors here, such as a run of training leaves, or the chapter “Train here”.",
        choose: "Choose a file",
        accept: ".safetensors",
        name: "generator",
        signal: context.signal,
      },
      (files) => void loading(context, () => opened(files, show)),
    );
    host.append(drop, place);
    await loading(context, () => first(context, show));
    return { dispose: close } satisfies Mounted;
  },
};

/** Runs what loads a file; an error is told, and the chapter stays as it was. */
async function loading({ tell, signal }: Context, load: () => Promise<void>): Promise<void> {
  try {
    tell("");
    await load();
  } catch (error) {
    if (!signal.aborted) tell(sentence((error as Error).message), "bad");
  }
}

type Show = (bytes: Uint8Array, name: string) => Promise<void>;

async function opened(files: readonly File[], show: Show): Promise<void> {
  const [file, ...others] = files;
  if (file === undefined) throw new RangeError("files: expected a generator.safetensors, got no file; drop one");
  if (others.length > 0) throw new RangeError(`files: expected one generator, got ${files.length} files; choose one`);
  checkSize(file.size, file.name); // before it is in memory
  await show(new Uint8Array(await file.arrayBuffer()), file.name);
}

/** The generator that there is without a drop: one just trained, or that of the run served here. */
async function first({ signal }: Context, show: Show): Promise<void> {
  const given = handedOver();
  if (given !== undefined) return show(given.bytes, given.name);
  const run = await servedRun(signal);
  if (run === undefined) return;
  const file = await runFile("generator.safetensors", signal);
  await show(new Uint8Array(await file.arrayBuffer()), run.name);
}
