// Ten independent chains a ← a · b + c in registers: what the device can do when nothing waits for memory. Ten, because twelve
// and two constants no longer fit into the 16 vector registers of a CPU, and eight do not hide the latency.
// 20 · STEPS flops per turn and thread; dispatch [groups, 1, 1].

struct Params {
  turns: u32,
  b: f32,
  c: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [threads]

const LANES = 8; //@constant
const STEPS = 32;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = params.b;
  let c = params.c;
  var r = vec4f(f32(id.x));
  var s = r + 1.0;
  var t = r.xy + 2.0;
  for (var i = 0u; i < params.turns; i++) {
    for (var step = 0; step < STEPS; step++) { //@unroll
      r = r * b + c;
      s = s * b + c;
      t = t * b + c;
    }
  }
  let sum = r + s;
  y[id.x] = sum.x + sum.y + sum.z + sum.w + t.x + t.y;
}
