// y = f(a, b) for each element
//
// FUNCTION selects f; functions of one argument ignore b. A workgroup sweeps over `chunk` vec4s.
// The last vec4 may reach into the padding.
// Dispatch sweep(vectors).
//@flops 4 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const FUNCTION: i32 = 0;          //@constant index into FUNCTIONS of src/tensor/ops/elementwise.ts

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
    y[i] = f(a[i], b[i]);
  }
}

// Comparisons are written so that NaN stays NaN: max, min and clamp would hide it.
fn f(a: vec4f, b: vec4f) -> vec4f {
  switch FUNCTION {
    case 0: { return a + b; }
    case 1: { return a - b; }
    case 2: { return a * b; }
    case 3: { return a / b; }
    case 4: { return params.alpha * a + params.beta; }
    // leaky ReLU; alpha 0 gives ReLU
    case 5: { return select(params.alpha * a, a, a > vec4f()); }
    // the gradient of leaky ReLU at b: a where b > 0, else alpha · a
    case 6: { return select(params.alpha * a, a, b > vec4f()); }
    case 7: { return 1.0 / (1.0 + exp(-a)); }
    case 8: { return tanh_exact(a); }
    case 9: { return exp(a); }
    case 10: { return log(a); }
    case 11: { return sqrt(a); }
    case 12: { return a * a; }
    case 13: { return abs(a); }
    case 14: { return select(select(vec4f(), a, b > vec4f()), -a, b < vec4f()); }   // a · sign(b)
    default: { return a; }
  }
}

// tanh. The driver's own has a small absolute, not relative, error near 0, and on some drivers it
// overflows to NaN for large |x|.
fn tanh_exact(x: vec4f) -> vec4f {
  let far = 1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0);
  let square = x * x;
  let near = x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  return select(sign(x) * far, near, abs(x) < vec4f(0.25));
}
