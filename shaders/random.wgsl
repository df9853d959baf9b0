// y[4i .. 4i + 3] = f(philox((offset + i as two words, stream, purpose), seed))
//
// DISTRIBUTION selects f. A thread fills 4 vec4s, 64 vec4s apart. The last vec4 may reach into the
// padding.
// Dispatch grid(⌈vectors / 256⌉).
//@flops 0

const DISTRIBUTION: i32 = 0;  //@constant index into DISTRIBUTIONS of src/tensor/ops/random.ts

struct Params {
  vectors: u32,
  offset_low: u32,
  offset_high: u32,
  stream: u32,
  purpose: u32,
  seed_low: u32,
  seed_high: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// any shape, ⌈size / 4⌉ vectors: f32 values as bits, or bits
@group(0) @binding(1) var<storage, read_write> y: array<vec4u>;

//@include philox

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  for (var e = 0u; e < 4u; e++) {
    let i = ((group.y * 32768u + group.x) * 4u + e) * 64u + thread;
    if i < params.vectors {
      let low = params.offset_low + i;
      let high = params.offset_high + select(0u, 1u, low < i);  // plus the carry
      y[i] = f(philox(vec4u(low, high, params.stream, params.purpose), vec2u(params.seed_low, params.seed_high)));
    }
  }
}

fn f(bits: vec4u) -> vec4u {
  switch DISTRIBUTION {
    case 0: { return bitcast<vec4u>(uniform4(bits)); }
    case 1: { return bitcast<vec4u>(normal4(bits)); }
    default: { return bits; }
  }
}
