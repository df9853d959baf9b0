// x[m] = rows[⌊bits · params.rows / 2⁶⁴⌋]
// bits = the first two words of philox((first + m as two words, 65536 stream, 16), seed)
//
// Rows drawn with replacement. A thread draws one point.
// Dispatch [⌈samples / 64⌉, 1, 1].
//@flops 0

struct Params {
  samples: u32,
  depth: u32,  // coordinates, a multiple of 4
  rows: u32,
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;     // [rows, depth]
@group(0) @binding(2) var<storage, read_write> x: array<f32>;  // [⌈samples / 32⌉, depth, 32]

//@include philox

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= (params.samples + 31u) / 32u * 32u { return; }  // the last tile is filled as well
  let low = params.first_low + m;
  let high = params.first_high + select(0u, 1u, low < m);  // plus the carry
  let bits = philox(vec4u(low, high, params.stream * 65536u, 16u), vec2u(params.seed_low, params.seed_high));
  let fine = multiply_wide(bits.y, params.rows);
  let coarse = multiply_wide(bits.x, params.rows);
  let row = coarse.x + select(0u, 1u, coarse.y + fine.x < coarse.y);
  let at = (m / 32u) * params.depth * 32u + m % 32u;
  for (var k = 0u; k < params.depth; k++) {
    x[at + 32u * k] = rows[row * params.depth + k];
  }
}
