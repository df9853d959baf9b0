// y[i] = the sum of ten independent chains a ← a · b + c in registers, from a = i, i + 1 and i + 2: what the device can do at most.
// Ten, because twelve and two constants no longer fit into the 16 vector registers of a CPU, and eight do not hide the latency. One
// chain per lane of two vec4 and a vec2, of STEPS · turns steps; dispatch [⌈threads / LANES⌉, 1, 1].
//@flops 640 * turns * threads

const LANES: u32 = 8;  //@constant threads of a workgroup
const STEPS = 32;

struct Params {
  threads: u32,
  turns: u32,
  b: f32,
  c: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;  // [threads]

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= params.threads { return; }
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
