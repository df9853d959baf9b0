// y[o, m, i] = f(a[o, m, i], b[o, m, i])
//
// for operands that repeat along axes: value [o, m, i] of a is number o · ao + m · am + i · ai of
// its buffer, with a stride of 0 along an axis that it repeats, and so for b. FUNCTION selects f.
// A workgroup sweeps over `chunk` vec4s of y. With WIDE, inner counts vec4s, and a stride ai or bi
// is 1 or 0. The last vec4 may reach into the padding.
// Dispatch sweep(vectors).
//@flops 4 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const FUNCTION: i32 = 0;          //@constant index into FUNCTIONS of src/tensor/ops/byElement.ts
const WIDE: bool = false;         //@constant whether a vec4 of y never leaves the innermost axis

struct Params {
  vectors: u32,
  chunk: u32,
  alpha: f32,
  beta: f32,
  middle: u32,
  inner: u32,
  ao: u32,
  am: u32,
  ai: u32,
  bo: u32,
  bm: u32,
  bi: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;        // as the strides tell
@group(0) @binding(2) var<storage, read> b: array<vec4f>;        // the same
// [outer, middle, inner], ⌈size / 4⌉ vectors
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  let width = select(4u, 1u, WIDE);
  var at = indices(width * (first + thread));
  let step = indices(width * WORKGROUP_SIZE);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    y[i] = f(loadA(at), loadB(at), params.alpha, params.beta);
    at = advance(at, step);
  }
}

fn loadA(at: vec3u) -> vec4f {
  let n = places(at, params.ao, params.am, params.ai);
  if (WIDE && params.ai == 1u) { return a[n.x / 4u]; }
  return vec4f(a[n.x / 4u][n.x % 4u], a[n.y / 4u][n.y % 4u], a[n.z / 4u][n.z % 4u], a[n.w / 4u][n.w % 4u]);
}

fn loadB(at: vec3u) -> vec4f {
  let n = places(at, params.bo, params.bm, params.bi);
  if (WIDE && params.bi == 1u) { return b[n.x / 4u]; }
  return vec4f(b[n.x / 4u][n.x % 4u], b[n.y / 4u][n.y % 4u], b[n.z / 4u][n.z % 4u], b[n.w / 4u][n.w % 4u]);
}

//@include strides
//@include functions
//@include activation
//@include weigh
