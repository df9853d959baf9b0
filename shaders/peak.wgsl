// y[i] = the sum of ten values a₀ … a₉ after steps aⱼ ← aⱼ · aⱼ₊₁ + c, from values below 0.7
//
// Measures the peak rate of arithmetic of a device: everything stays in registers. Each step of a
// chain needs the last value of the neighbouring chain, so that no compiler can run one chain after
// the other, which would make a CPU wait for each result. There are ten chains because twelve and c
// no longer fit into the 16 vector registers of a CPU, and eight do not hide the latency. A thread
// holds them in two vec4s and a vec2 and runs STEPS · turns steps.
// Dispatch [⌈threads / WORKGROUP_SIZE⌉, 1, 1].
//@flops 640 * turns * threads

const WORKGROUP_SIZE: u32 = 8;  //@constant threads of a workgroup
const STEPS = 32;

struct Params {
  threads: u32,
  turns: u32,
  c: f32,  // below 1/4, so that the values stay below 1
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;  // [threads]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= params.threads { return; }
  let c = params.c;
  var r = vec4f(f32(id.x % 8u)) / 16.0;
  var s = r + 0.1;
  var t = r.xy + 0.2;
  for (var i = 0u; i < params.turns; i++) {
    for (var step = 0; step < STEPS; step++) { //@unroll
      let first = r.x;
      r = r * vec4f(r.yzw, s.x) + c;
      s = s * vec4f(s.yzw, t.x) + c;
      t = t * vec2f(t.y, first) + c;
    }
  }
  let sum = r + s;
  y[id.x] = sum.x + sum.y + sum.z + sum.w + t.x + t.y;
}
