// y = rate · dy · L'(x, t) for each element
//
// FUNCTION selects L, and L' is its derivative with respect to x. A workgroup sweeps over `chunk`
// vec4s. The last vec4 may reach into the padding.
// Dispatch sweep(vectors).
//@flops 8 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const FUNCTION: i32 = 0;          //@constant index into LOSSES of src/tensor/ops/losses.ts

struct Params {
  vectors: u32,
  chunk: u32,
  rate: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;         // [1]
@group(0) @binding(2) var<storage, read> x: array<vec4f>;        // any shape, ⌈size / 4⌉ vectors
@group(0) @binding(3) var<storage, read> t: array<vec4f>;        // the same
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;  // the same

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let rate = params.rate * dy[0];
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    y[i] = rate * slope(x[i], t[i]);
  }
}

fn slope(x: vec4f, t: vec4f) -> vec4f {
  switch FUNCTION {
    case 0: { return 1.0 / (1.0 + exp(-x)) - t; }
    case 1: { return 2.0 * (x - t); }
    default: {
      let d = x - t;
      // the sign of d; a d of 0 or NaN is kept
      return select(select(d, vec4f(1.0), d > vec4f()), vec4f(-1.0), d < vec4f());
    }
  }
}
