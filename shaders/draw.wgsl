// x[m] = point number first + m of the source
//
// A thread draws one point. Four coordinates come from one block of random bits: see
// include/source.wgsl.
// Dispatch [⌈samples / 64⌉, 1, 1].
//@flops 0

struct Params {
  samples: u32,
  depth: u32,  // coordinates, a multiple of 4
  cube: u32,
  even: u32,  // 1: even points, for up to 16 coordinates; 0: independent ones
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;  // [⌈samples / 32⌉, depth, 32]

//@include philox
//@include source

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= (params.samples + 31u) / 32u * 32u { return; }  // the last tile is filled as well
  for (var q = 0u; q < params.depth / 4u; q++) {
    let a = source4(m, q);
    let at = (m / 32u) * params.depth * 32u + m % 32u + 32u * q;
    x[at] = a.x;
    x[at + 16u * params.depth] = a.y;
    x[at + 8u * params.depth] = a.z;
    x[at + 24u * params.depth] = a.w;
  }
}
