// The part of the peers' interfaces that the cases use. Their own types are not available, since
// only a full bench installs their packages.

export interface TfTensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
  dispose(): void;
  add(x: TfTensor): TfTensor;
}

interface TfOptimizer {
  applyGradients(gradients: Readonly<Record<string, TfTensor>>): void;
}

/** @tensorflow/tfjs 4.22. */
export interface Tf {
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  variable(initial: TfTensor, trainable: boolean, name: string): TfTensor;
  tidy<T>(f: () => T): T;
  add(a: TfTensor, b: TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor): TfTensor;
  conv2d(x: TfTensor, w: TfTensor, strides: number, pad: number): TfTensor;
  conv2dTranspose(x: TfTensor, w: TfTensor, outputShape: readonly number[], strides: number, pad: number): TfTensor;
  leakyRelu(x: TfTensor, slope: number): TfTensor;
  mean(x: TfTensor): TfTensor;
  squaredDifference(a: TfTensor, b: TfTensor): TfTensor;
  valueAndGrads(
    f: (...inputs: TfTensor[]) => TfTensor,
  ): (inputs: TfTensor[], dy?: TfTensor) => { value: TfTensor; grads: TfTensor[] };
  variableGrads(
    f: () => TfTensor,
    variables: TfTensor[],
  ): { value: TfTensor; grads: Readonly<Record<string, TfTensor>> };
  readonly train: { adam(rate: number, beta1: number, beta2: number, epsilon: number): TfOptimizer };
  setBackend(name: string): Promise<boolean>;
  backend(): { endComputePassEncoder(): void; submitQueue(): void; readonly device: GPUDevice };
}

/** Arguments are consumed by every call; `ref` keeps one for another use. */
export interface JaxArray {
  readonly ref: JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
  reshape(shape: readonly number[]): JaxArray;
  add(x: JaxArray | number): JaxArray;
  sub(x: JaxArray | number): JaxArray;
  mul(x: JaxArray | number): JaxArray;
  div(x: JaxArray | number): JaxArray;
}

type Padding = readonly (readonly [number, number])[];

/** @jax-js/jax 0.1.25. */
export interface Jax {
  init(device: string): Promise<readonly string[]>;
  defaultDevice(device: string): void;
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R;
  vjp(f: (...inputs: JaxArray[]) => JaxArray, inputs: readonly JaxArray[]): [JaxArray, (dy: JaxArray) => JaxArray[]];
  valueAndGrad<A extends unknown[], R>(f: (first: R, ...rest: A) => JaxArray): (first: R, ...rest: A) => [JaxArray, R];
  blockUntilReady<T>(x: T): Promise<T>;
  readonly numpy: {
    array(values: Float32Array): JaxArray;
    add(a: JaxArray, b: JaxArray): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    transpose(x: JaxArray, axes: readonly number[]): JaxArray;
    mean(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
  };
  readonly nn: { leakyRelu(x: JaxArray, slope: number): JaxArray };
  readonly lax: {
    convGeneralDilated(x: JaxArray, w: JaxArray, strides: readonly number[], padding: Padding): JaxArray;
    convTranspose(
      x: JaxArray,
      w: JaxArray,
      strides: readonly number[],
      padding: Padding,
      options: { transposeKernel: boolean },
    ): JaxArray;
  };
}
