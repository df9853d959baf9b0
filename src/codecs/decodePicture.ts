// Decodes pictures of any common format and brings them to one size, by the package sharp, which is
// optional: everything else works without it.
import { availableParallelism } from "node:os";
import type { Sharp, SharpOptions } from "sharp";
import { MissingPackageError } from "../files/optionalPackage.ts";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";

/** What is made of every picture. */
export interface PictureRecipe {
  readonly height: number;
  readonly width: number;
  /** Side of the centred square that is cut out first. Default: the largest of the wanted shape. */
  readonly crop?: number | undefined;
  /** Whether the whole picture is shown, with white borders, in place of a cut. */
  readonly fit: boolean;
  /** Whether one channel of luminance is made; else three, red, green and blue in sRGB. */
  readonly grey: boolean;
  /** Greatest number of pixels of a picture that is decoded. */
  readonly mostPixels: number;
}

/** A picture of the wanted size. */
export interface DecodedPicture {
  /** [height, width, channels]. */
  readonly pixels: Uint8Array;
  /** What the user should know of it: that it was enlarged, or that frames were left out. */
  readonly remarks: readonly Remark[];
}

export type Remark = "enlarged" | "animated";

/** Decodes a file; DataError, whose message does not name the file, when it is damaged. */
export type PictureDecoder = (bytes: Uint8Array) => Promise<DecodedPicture>;

/** Endings of the files that are taken for pictures. */
export const PICTURE_ENDING: RegExp = /[\s\S]\.(jpe?g|png|webp|avif|tiff?|gif)$/i;

/** Default of `mostPixels`: more than any camera makes, and what one decoder can hold. */
export const MOST_PIXELS: number = powerOfTwo(27);

const FORMATS = ["jpeg", "png", "webp", "heif", "tiff", "gif"];
const WHITE = { r: 255, g: 255, b: 255 };

/** The versions of the decoder, on which the pixels depend. */
export interface DecoderVersions {
  readonly sharp: string;
  readonly libvips: string;
}

/**
 * A decoder by `recipe`: the first frame, turned by its EXIF orientation, converted from its colour
 * profile to sRGB, on white where it is transparent, cut to its centre and resized with Lanczos's
 * kernel, which is stretched where pictures shrink, so that nothing aliases.
 *
 * @throws DataError when sharp is not installed.
 */
export async function pictureDecoder(
  recipe: PictureRecipe,
): Promise<{ readonly decode: PictureDecoder; readonly versions: DecoderVersions }> {
  const sharp = await loadSharp();
  sharp.cache(false);
  // Pictures are decoded side by side; cores beyond their number share the rows of each.
  sharp.concurrency(Math.max(1, Math.ceil(availableParallelism() / picturesAtOnce())));
  const { height, width, crop, fit, grey, mostPixels } = recipe;
  const channels = grey ? 1 : 3;
  const options: SharpOptions = { failOn: "error", limitInputPixels: mostPixels, sequentialRead: true };

  const pixelsOf = async (image: Sharp, enlarge: boolean): Promise<Uint8Array | undefined> => {
    const kind = fit ? "contain" : "cover";
    const how = { fit: kind, kernel: "lanczos3", background: WHITE, withoutEnlargement: !enlarge } as const;
    const { data, info } = await image
      .flatten({ background: WHITE })
      // The fast way leaves more of the shrinking to the JPEG decoder, whose filter is coarser.
      .resize(width, height, { ...how, fastShrinkOnLoad: false })
      .toColourspace(grey ? "b-w" : "srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.width !== width || info.height !== height) return undefined;
    if (info.channels !== channels) throw new DataError(`expected ${channels} channels, got ${info.channels}`);
    return data;
  };

  const decode: PictureDecoder = async (bytes) => {
    try {
      const remarks: Remark[] = [];
      let cut = (image: Sharp): Sharp => image;
      if (crop !== undefined || !isJpeg(bytes)) {
        const { format, pages = 1, autoOrient } = await sharp(bytes, options).metadata();
        if (!FORMATS.includes(format)) throw new DataError(`expected a picture that is read, got ${format}`);
        if (pages > 1) remarks.push("animated");
        if (crop !== undefined) {
          if (autoOrient.width < crop || autoOrient.height < crop) {
            const got = `${autoOrient.width} × ${autoOrient.height}`;
            throw new DataError(`expected at least ${crop} × ${crop} pixels for the cut, got ${got}`);
          }
          const left = Math.floor((autoOrient.width - crop) / 2);
          const top = Math.floor((autoOrient.height - crop) / 2);
          cut = (image) => image.extract({ left, top, width: crop, height: crop });
        }
      }
      const open = (): Sharp => cut(sharp(bytes, options).autoOrient());
      const whole = await pixelsOf(open(), false);
      if (whole !== undefined) return { pixels: whole, remarks };
      const enlarged = await pixelsOf(open(), true);
      if (enlarged === undefined) throw new DataError(`expected ${width} × ${height} pixels, got another size`);
      return { pixels: enlarged, remarks: [...remarks, "enlarged"] };
    } catch (error) {
      if (error instanceof DataError) throw error;
      const said = [...new Set((error as Error).message.trim().split("\n"))].join("; ");
      if (/exceeds pixel limit/.test(said)) {
        const most = mostPixels.toLocaleString("en-US");
        throw new DataError(`expected at most ${most} pixels, the limit --most-pixels, got more`, { cause: error });
      }
      // Another picture that is decoded at the same time may have cleared the decoder's own words.
      const why = said === "Unknown error" ? "the file is damaged" : said;
      throw new DataError(`it cannot be decoded: ${why}`, { cause: error });
    }
  };
  return { decode, versions: { sharp: sharp.versions.sharp ?? "", libvips: sharp.versions.vips } };
}

/** How many pictures sharp decodes at once: the threads of Node's pool. */
export const picturesAtOnce = (): number => Number(process.env["UV_THREADPOOL_SIZE"]) || NODE_THREADS;

/** Node's own number of threads, which the environment may change at its start. */
const NODE_THREADS = 4;

const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

async function loadSharp(): Promise<typeof import("sharp").default> {
  try {
    return (await import("sharp")).default;
  } catch (error) {
    throw new MissingPackageError(
      "pictures: expected the package sharp, which decodes them, got none that works here; " +
        "run `npm install sharp`, or convert the pictures to PNG files of one size",
      { cause: error },
    );
  }
}
