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
    case 5: { return relu(a); }
    case 6: { return slope(b, a, vec4f()); }
    case 7: { return leakyRelu(a, params.alpha); }
    case 8: { return slope(b, a, params.alpha * a); }
    case 9: { return 1.0 / (1.0 + exp(-a)); }
    case 10: { return tanh_exact(a); }
    case 11: { return exp(a); }
    case 12: { return log_exact(a); }
    case 13: { return sqrt(a); }
    case 14: { return a * a; }
    case 15: { return abs(a); }
    case 16: { return select(slope(b, a, vec4f()), -a, b < vec4f()); }   // a · sign(b)
    case 17: { return weigh(a, b); }
    default: { return a; }
  }
}

//@include activation
//@include weigh

// `above` where b > 0 and `below` where b ≤ 0, whatever the other is; NaN where b is NaN
fn slope(b: vec4f, above: vec4f, below: vec4f) -> vec4f {
  return select(select(b, above, b > vec4f()), below, b <= vec4f());
}

// ln x. A driver may take the bits of a subnormal for those of a normal number, but not of its
// product with 2²⁴, from whose logarithm 24 ln 2 is subtracted.
fn log_exact(x: vec4f) -> vec4f {
  return select(log(x), log(x * 0x1p24) - 16.635532333438686, abs(x) < vec4f(0x1p-126));
}

// tanh. The driver's own has a small absolute, not relative, error near 0, and on some drivers it
// overflows to NaN for large |x|.
fn tanh_exact(x: vec4f) -> vec4f {
  let far = 1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0);
  let square = x * x;
  let near = x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  return select(sign(x) * far, near, abs(x) < vec4f(0.25));
}
