// y = f(a, b) for each element
//
// FUNCTION selects f; functions of one argument ignore b. NUMBER puts the number beta in the place
// of one of them. A workgroup sweeps over `chunk` vec4s. The last vec4 may reach into the padding.
// Dispatch sweep(vectors).
//@flops 4 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const FUNCTION: i32 = 0;          //@constant index into FUNCTIONS of src/tensor/ops/byElement.ts
const NUMBER: i32 = 0;            //@constant 1: beta stands for a, 2: for b, 0: for neither

struct Params {
  vectors: u32,
  chunk: u32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;        // any shape, ⌈size / 4⌉ vectors
@group(0) @binding(2) var<storage, read> b: array<vec4f>;        // the same
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;  // the same

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    switch NUMBER {
      case 1: { y[i] = f(vec4f(params.beta), b[i], params.alpha, params.beta); }
      case 2: { y[i] = f(a[i], vec4f(params.beta), params.alpha, params.beta); }
      default: { y[i] = f(a[i], b[i], params.alpha, params.beta); }
    }
  }
}

//@include functions
//@include activation
//@include weigh
