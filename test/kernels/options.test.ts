import { checkOptions } from "../../src/kernels/options.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

interface Options {
  readonly stride?: number;
  readonly padding?: number;
}

const check = (options: object): void =>
  checkOptions<Options, readonly ["stride", "padding"]>("conv2d", options, ["stride", "padding"]);

describe("options", {
  "known ones pass, all or none of them, undefined ones too"() {
    for (const options of [{}, { stride: 1 }, { padding: undefined }, { padding: 0, stride: 2 }]) check(options);
  },

  "another one is named with those that there are, and with the one that is spelt nearly alike"() {
    const known = "conv2d: expected options among stride, padding, got";
    throws(() => check({ strides: 2 }), `${known} \`strides\`; did you mean \`stride\`?`);
    throws(() => check({ stride: 1, pading: 2 }), `${known} \`pading\`; did you mean \`padding\`?`);
    throws(() => check({ pad: 2 }), `${known} \`pad\`; did you mean \`padding\`?`);
    throws(() => check({ dilation: 2 }), `${known} \`dilation\`; leave it out`);
    throws(() => check({ dilation: undefined }), `${known} \`dilation\`; leave it out`);
  },

  "what is no record is refused"() {
    for (const [value, kind] of [
      [2, "2"],
      [null, "null"],
      [true, "true"],
      ["same", 'the text "same"'],
      [[1, 1], "an array"],
    ] as const) {
      throws(() => check(value as never), `conv2d: expected a record of options among stride, padding, got ${kind}`);
    }
  },

  "a list that lacks an option does not compile"() {
    const options: Options = {};
    checkOptions("conv2d", options, ["padding", "stride"]);
    // @ts-expect-error: it lacks `padding`
    checkOptions("conv2d", options, ["stride"]);
    // @ts-expect-error: there is no `pad`
    throws(() => checkOptions("conv2d", { stride: 1 } as Options, ["pad", "padding"]), "got `stride`");
  },
});
