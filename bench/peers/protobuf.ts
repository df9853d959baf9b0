// Writes an ONNX model of one node by hand: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
// (numbers are its fields).
import type { OnnxNode } from "../case.ts";

type Bytes = Uint8Array;

function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.of(...bytes, rest);
}

function join(parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const integer = (field: number, value: number): Bytes => join([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Bytes): Bytes => join([varint(field * 8 + 2), varint(value.length), value]);
const text = (field: number, value: string): Bytes => bytes(field, new TextEncoder().encode(value));
const message = (field: number, ...parts: readonly Bytes[]): Bytes => bytes(field, join(parts));

const FLOAT = 1;

/** ValueInfoProto: a name, and a float tensor's shape. */
function value(field: number, name: string, shape: readonly number[]): Bytes {
  const dimensions = shape.map((length) => message(1, integer(1, length)));
  return message(field, text(1, name), message(2, message(1, integer(1, FLOAT), message(2, ...dimensions))));
}

/** TensorProto, with its values as raw bytes. */
function tensor(field: number, name: string, shape: readonly number[], values: Float32Array): Bytes {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return message(field, ...shape.map((length) => integer(1, length)), integer(2, FLOAT), text(8, name), bytes(9, raw));
}

/** AttributeProto: an integer, or a list of them. */
function attribute(name: string, given: number | readonly number[]): Bytes {
  if (typeof given === "number") return message(5, text(1, name), integer(3, given), integer(20, 2));
  return message(5, text(1, name), ...given.map((item) => integer(8, item)), integer(20, 7));
}

/**
 * ModelProto: the first input is the graph's input `x0`, the others are initialisers, the output is
 * `y`.
 */
export function onnxModel({ op, attributes, inputs, output }: OnnxNode): Uint8Array {
  const node = message(
    1,
    ...inputs.map((_, i) => text(1, `x${i}`)),
    text(2, "y"),
    text(4, op),
    ...Object.entries(attributes).map(([name, given]) => attribute(name, given)),
  );
  const weights = inputs.slice(1).map(({ shape, values }, i) => tensor(5, `x${i + 1}`, shape, values));
  const graph = [node, text(2, "bench"), ...weights, value(11, "x0", inputs[0]?.shape ?? []), value(12, "y", output)];
  return join([integer(1, 8), message(7, ...graph), message(8, text(1, ""), integer(2, 17))]);
}
