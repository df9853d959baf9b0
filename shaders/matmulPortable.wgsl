// y[z, m, n] = Σₖ a[z, m, k] · b[z, k, n]
//
// Uses nothing but plain WebGPU and runs on any device. A thread computes 4 × 4 values of y. With
// kChunk < k, z counts ranges of k, whose partial products are added afterwards.
// Dispatch [⌈n / 32⌉, ⌈m / 32⌉, z].
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)

struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  am: i32,
  ak: i32,
  az: i32,
  a0: i32,
  bk: i32,
  bn: i32,
  bz: i32,
  b0: i32,
  y0: i32,
  pitchY: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;        // [z, m, k] in any order, from a0
@group(0) @binding(2) var<storage, read> b: array<f32>;        // [z, k, n] in any order, from b0
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [z, m, pitchY ≥ n] from y0

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m0 = i32(id.y) * 4;
  let n0 = i32(id.x) * 4;
  let z = i32(id.z);
  if m0 >= params.m || n0 >= params.n { return; }
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let pa = params.a0 + select(z, 0, split) * params.az;
  let pb = params.b0 + select(z, 0, split) * params.bz;
  let rows = params.am * min(vec4i(m0) + vec4i(0, 1, 2, 3), vec4i(params.m - 1));
  let columns = params.bn * min(vec4i(n0) + vec4i(0, 1, 2, 3), vec4i(params.n - 1));
  var acc: mat4x4f;                                             // acc[i] is row m0 + i
  for (var k = first; k < last; k++) {
    let ra = rows + pa + k * params.ak;
    let cb = columns + pb + k * params.bk;
    let bv = vec4f(b[cb.x], b[cb.y], b[cb.z], b[cb.w]);
    acc[0] += a[ra.x] * bv;
    acc[1] += a[ra.y] * bv;
    acc[2] += a[ra.z] * bv;
    acc[3] += a[ra.w] * bv;
  }
  for (var i = 0; i < 4; i++) {
    for (var j = 0; j < 4; j++) {
      if m0 + i < params.m && n0 + j < params.n {
        y[params.y0 + (z * params.m + m0 + i) * params.pitchY + n0 + j] = acc[i][j];
      }
    }
  }
}
