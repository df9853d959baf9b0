// y[o, l, i] = x[o, i] for all l < length
//
// x is [outer, inner], y is [outer, length, inner]. A thread writes 16 vec4s of y, 64 vec4s apart,
// and steps its indices by 256 values without division. The last vec4 may reach into the padding.
// Dispatch grid(⌈vectors / 1024⌉).
//@flops 0

const STEP: u32 = 256;

struct Params {
  vectors: u32,
  length: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;          // [outer, inner]
// [outer, length, inner], ⌈size / 4⌉ vectors
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * 1024u + thread;
  var at = place(4u * first);
  let step = place(STEP);
  for (var e = 0u; e < 16u; e++) {
    let v = first + e * 64u;
    if v < params.vectors {
      let b = next(at, vec3u(0u, 0u, 1u));
      let c = next(b, vec3u(0u, 0u, 1u));
      let d = next(c, vec3u(0u, 0u, 1u));
      y[v] = vec4f(load(at), load(b), load(c), load(d));
    }
    at = next(at, step);
  }
}

fn load(at: vec3u) -> f32 {
  return x[at.x * params.inner + at.z];
}

// The indices (o, l, i) of value number n of y.
fn place(n: u32) -> vec3u {
  let rows = n / params.inner;
  return vec3u(rows / params.length, rows % params.length, n % params.inner);
}

// The sum of two indices (o, l, i), with carries.
fn next(at: vec3u, step: vec3u) -> vec3u {
  var sum = at + step;
  let i = select(0u, 1u, sum.z >= params.inner);
  sum.z -= i * params.inner;
  sum.y += i;
  let l = select(0u, 1u, sum.y >= params.length);
  sum.y -= l * params.length;
  sum.x += l;
  return sum;
}
