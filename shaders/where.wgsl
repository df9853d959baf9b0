// y[o, m, i] = a[o, m, i] where c[o, m, i] is not 0, else b[o, m, i]
//
// Operands are read by strides as in elementwiseBroadcast.wgsl. A_NUMBER puts the number alpha in
// the place of a, and B_NUMBER beta in that of b. A workgroup sweeps over `chunk` vec4s of y. With
// WIDE, inner counts vec4s, and a stride ci, ai or bi is 1 or 0. The last vec4 may reach into the
// padding.
// Dispatch sweep(vectors).
//@flops 0

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const WIDE: bool = false;         //@constant whether a vec4 of y never leaves the innermost axis
const A_NUMBER: bool = false;     //@constant whether alpha stands for a
const B_NUMBER: bool = false;     //@constant whether beta stands for b

struct Params {
  vectors: u32,
  chunk: u32,
  alpha: f32,
  beta: f32,
  middle: u32,
  inner: u32,
  co: u32,
  cm: u32,
  ci: u32,
  ao: u32,
  am: u32,
  ai: u32,
  bo: u32,
  bm: u32,
  bi: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec4f>;        // as the strides tell
@group(0) @binding(2) var<storage, read> a: array<vec4f>;        // the same
@group(0) @binding(3) var<storage, read> b: array<vec4f>;        // the same
// [outer, middle, inner], ⌈size / 4⌉ vectors
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  let width = select(4u, 1u, WIDE);
  var at = indices(width * (first + thread));
  let step = indices(width * WORKGROUP_SIZE);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let zero = (bitcast<vec4u>(loadC(at)) & vec4u(0x7fffffffu)) == vec4u();
    y[i] = select(loadA(at), loadB(at), zero);
    at = advance(at, step);
  }
}

fn loadC(at: vec3u) -> vec4f {
  let n = places(at, params.co, params.cm, params.ci);
  if (WIDE && params.ci == 1u) { return c[n.x / 4u]; }
  return vec4f(c[n.x / 4u][n.x % 4u], c[n.y / 4u][n.y % 4u], c[n.z / 4u][n.z % 4u], c[n.w / 4u][n.w % 4u]);
}

fn loadA(at: vec3u) -> vec4f {
  if (A_NUMBER) { return vec4f(params.alpha); }
  let n = places(at, params.ao, params.am, params.ai);
  if (WIDE && params.ai == 1u) { return a[n.x / 4u]; }
  return vec4f(a[n.x / 4u][n.x % 4u], a[n.y / 4u][n.y % 4u], a[n.z / 4u][n.z % 4u], a[n.w / 4u][n.w % 4u]);
}

fn loadB(at: vec3u) -> vec4f {
  if (B_NUMBER) { return vec4f(params.beta); }
  let n = places(at, params.bo, params.bm, params.bi);
  if (WIDE && params.bi == 1u) { return b[n.x / 4u]; }
  return vec4f(b[n.x / 4u][n.x % 4u], b[n.y / 4u][n.y % 4u], b[n.z / 4u][n.z % 4u], b[n.w / 4u][n.w % 4u]);
}

//@include strides
