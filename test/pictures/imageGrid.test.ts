import { PNG } from "pngjs";
import { equal, is } from "uvu/assert";
import { checkPng } from "../../src/codecs/pngCheck.ts";
import { rgba } from "../../src/models/generator/pictures.ts";
import { encodePng, imageGrid } from "../../src/pictures/imageGrid.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const images = { count: 3, height: 1, width: 2, channels: 1, pixels: Uint8Array.of(0, 50, 100, 150, 200, 250) };
const layout = { columns: 2, gap: 1, scale: 2 };

/** The first channel of each pixel, by rows. */
function rows(png: Uint8Array): number[][] {
  const { width, height, data } = PNG.sync.read(Buffer.from(png));
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => data[4 * (y * width + x)] as number),
  );
}

describe("image grid", {
  "images stand in rows, enlarged, with light gaps": () => {
    const g = 230;
    const light = Array.from({ length: 11 }, () => g);
    const top = [g, 0, 0, 50, 50, g, 100, 100, 150, 150, g];
    const below = [g, 200, 200, 250, 250, g, g, g, g, g, g];
    equal(rows(imageGrid(images, layout)), [light, top, top, light, below, below, light]);
  },
  "fewer images than columns take no more width": () => {
    is(rows(imageGrid(images, { columns: 10, gap: 0, scale: 1 }))[0]?.length, 6);
  },
  "grey is a grey file, colour a colour file, and both are sound": () => {
    const grey = imageGrid(images, layout);
    const { width, height } = checkPng(grey, "grey");
    equal({ width, height }, { width: 11, height: 7 });
    is(grey[25], 0);
    const colour = encodePng({ height: 1, width: 2, channels: 3, pixels: images.pixels });
    is(colour[25], 2);
    equal([...PNG.sync.read(Buffer.from(colour)).data], [0, 50, 100, 255, 150, 200, 250, 255]);
  },
  "four channels are colour and opacity, as rgba gives them": () => {
    const { data, width, height } = rgba({ count: 1, height: 1, width: 1, channels: 1, pixels: Float32Array.of(0.2) });
    const png = encodePng({ height, width, channels: 4, pixels: data });
    is(png[25], 6);
    equal([...PNG.sync.read(Buffer.from(png)).data], [51, 51, 51, 255]);
    const clear = Uint8Array.of(1, 2, 3, 0);
    equal([...PNG.sync.read(Buffer.from(encodePng({ height, width, channels: 4, pixels: clear }))).data], [...clear]);
    const two = { height, width, channels: 2, pixels: clear };
    refuses(() => encodePng(two), "RangeError", /^encodePng: expected `channels` 1 or 3 or 4, got 2$/);
  },
  "the same images give the same bytes": () => {
    equal(imageGrid(images, layout), imageGrid({ ...images, pixels: images.pixels.slice() }, layout));
  },
  "layouts and pixels that do not fit are refused": () => {
    const refused = (change: object, message: RegExp) =>
      refuses(() => imageGrid({ ...images, ...change }, { ...layout, ...change }), "RangeError", message);
    refused({ columns: 0 }, /^imageGrid: expected `columns` to be a whole number from 1, got 0$/);
    refused({ gap: -1 }, /expected `gap` to be a whole number from 0, got -1/);
    refused({ scale: 1.5 }, /expected `scale` to be a whole number from 1, got 1\.5/);
    refused({ count: 0 }, /expected `count` to be a whole number from 1, got 0/);
    refused({ channels: 2 }, /expected `channels` 1 or 3, got 2/);
    refused({ width: 3 }, /expected `pixels` \[3, 1, 3, 1\], 9 bytes, got 6/);
    refused({ scale: 10_000 }, /expected at most 67108864 pixels, got 40003 x 20003/);
  },
});
