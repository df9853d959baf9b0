// The training step of the convolutional autoencoder in the peers' calls.
import { type PeerRun, permute } from "../case.ts";
import type { Jax, JaxArray, Tf, TfTensor } from "../peers/api.ts";
import { ADAM, NAMES, type Name, SHAPES, SLOPE, STEPS } from "./convAutoencoderShapes.ts";

type Inputs = Readonly<Record<Name | "x", Float32Array>>;

/** The step in tfjs, with its own Adam and `variableGrads`. */
export function tfjsSteps(tf: Tf, batch: number, inputs: Inputs): PeerRun<TfTensor> {
  const x = tf.tensor(inputs.x, [batch, 28, 28, 1]);
  const variables = NAMES.map((name) => tf.variable(tf.tensor(inputs[name], SHAPES[name]), true, name));
  const p = Object.fromEntries(NAMES.map((name, i) => [name, variables[i]])) as Record<Name, TfTensor>;
  const optimizer = tf.train.adam(ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const loss = (): TfTensor => {
    const a = tf.leakyRelu(tf.add(tf.conv2d(x, p["down1.w"], 2, 1), p["down1.b"]), SLOPE);
    const b = tf.leakyRelu(tf.add(tf.conv2d(a, p["down2.w"], 2, 1), p["down2.b"]), SLOPE);
    const middle = tf.conv2dTranspose(b, p["up1.w"], [batch, 14, 14, 16], 2, 1);
    const c = tf.leakyRelu(tf.add(middle, p["up1.b"]), SLOPE);
    const y = tf.add(tf.conv2dTranspose(c, p["up2.w"], [batch, 28, 28, 1], 2, 1), p["up2.b"]);
    return tf.mean(tf.squaredDifference(y, x));
  };
  const step = () => {
    const { value, grads } = tf.variableGrads(loss, variables);
    optimizer.applyGradients(grads);
    return { value, grads };
  };
  return {
    run: () => ({ loss: step().value }),
    check() {
      const all: Record<string, TfTensor> = {};
      for (let i = 0; i < STEPS; i++) {
        const { value, grads } = step();
        all[`losses ${i}`] = value;
        if (i === 0) for (const [name, gradient] of Object.entries(grads)) all[`d ${name}`] = gradient;
      }
      return all;
    },
  };
}

/**
 * The step in jax-js. Its npm package has no optimizers, so Adam is written by hand in its numpy,
 * and the whole step is one `jit`.
 */
export function jaxSteps(jax: Jax, batch: number, inputs: Inputs): PeerRun<JaxArray> {
  const { numpy, lax, nn } = jax;
  const x = numpy.array(inputs.x).reshape([batch, 1, 28, 28]);
  // Channels come first: weights are [small, large, 3, 3], biases [1, channels, 1, 1].
  const array = (name: Name): JaxArray => {
    const shape: readonly number[] = SHAPES[name];
    if (shape.length === 1) return numpy.array(inputs[name]).reshape([1, shape[0] ?? 0, 1, 1]);
    return numpy.array(permute(inputs[name], shape, [3, 2, 0, 1])).reshape([shape[3] ?? 0, shape[2] ?? 0, 3, 3]);
  };
  const zeros = (name: Name): JaxArray => array(name).mul(0);
  const down = (a: JaxArray, w: JaxArray, b: JaxArray) => {
    const padding = [
      [1, 1],
      [1, 1],
    ] as const;
    return lax.convGeneralDilated(a, w, [2, 2], padding).add(b);
  };
  const up = (a: JaxArray, w: JaxArray, b: JaxArray) => {
    const padding = [
      [1, 0],
      [1, 0],
    ] as const;
    return lax.convTranspose(a, w, [2, 2], padding, { transposeKernel: true }).add(b);
  };
  type Tree = JaxArray[];
  const loss = (tree: Tree, images: JaxArray): JaxArray => {
    const [w1, b1, w2, b2, w3, b3, w4, b4] = tree as [
      ...[JaxArray, JaxArray, JaxArray, JaxArray],
      ...[JaxArray, JaxArray, JaxArray, JaxArray],
    ];
    const a = nn.leakyRelu(down(images.ref, w1, b1), SLOPE);
    const b = nn.leakyRelu(down(a, w2, b2), SLOPE);
    const c = nn.leakyRelu(up(b, w3, b3), SLOPE);
    return numpy.mean(numpy.square(up(c, w4, b4).sub(images)));
  };
  const gradient = jax.valueAndGrad<[JaxArray], Tree>(loss);
  const update = jax.jit((p: Tree, m: Tree, v: Tree, rate: JaxArray, images: JaxArray) => {
    const refs = p.map((value) => value.ref);
    const [value, g] = gradient(refs, images);
    const m1 = m.map((old, i) => old.mul(ADAM.beta1).add((g[i] as JaxArray).ref.mul(1 - ADAM.beta1)));
    const v1 = v.map((old, i) => old.mul(ADAM.beta2).add(numpy.square(g[i] as JaxArray).mul(1 - ADAM.beta2)));
    const p1 = p.map((old, i) => {
      const root = numpy.sqrt((v1[i] as JaxArray).ref).add(ADAM.epsilon);
      return old.sub((m1[i] as JaxArray).ref.mul(rate.ref).div(root));
    });
    rate.dispose();
    return [value, p1, m1, v1] as [JaxArray, Tree, Tree, Tree];
  });
  let [p, m, v] = [NAMES.map(array), NAMES.map(zeros), NAMES.map(zeros)];
  let steps = 0;
  const step = (): JaxArray => {
    steps++;
    const rate = (ADAM.rate * Math.sqrt(1 - ADAM.beta2 ** steps)) / (1 - ADAM.beta1 ** steps);
    let value: JaxArray;
    [value, p, m, v] = update(p, m, v, numpy.array(Float32Array.of(rate)), x.ref);
    return value;
  };
  return {
    // The parameters are returned too, so that the wait covers the update.
    run: () => ({ loss: step(), ...Object.fromEntries(p.map((value, i) => [`p${i}`, value.ref])) }),
    check() {
      const first = jax.jit(gradient)(
        p.map((value) => value.ref),
        x.ref,
      );
      first[0].dispose();
      const all: Record<string, JaxArray> = {};
      for (const [i, g] of first[1].entries()) {
        const name = NAMES[i] as Name;
        all[`d ${name}`] = name.endsWith(".b") ? g : numpy.transpose(g, [2, 3, 1, 0]);
      }
      for (let i = 0; i < STEPS; i++) all[`losses ${i}`] = step();
      return all;
    },
  };
}
