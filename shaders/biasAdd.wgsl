// y[r, c] = v where v > 0, else alpha · v, with v = x[r, c] + b[c]
//
// With alpha 1 this adds a bias, with alpha 0 a ReLU follows. The repeated bias is the same in
// every `period` vec4s, which hold whole rows. A thread handles one vec4 of the period in each of
// `periods` periods. The ⌈period / WORKGROUP_SIZE⌉ workgroups of a period are folded to p · q with
// p ≤ 32768. The last vec4 may reach into the padding.
// Dispatch [p, ⌈vectors / (periods · period)⌉, q].
//@flops 4 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup

struct Params {
  vectors: u32,
  period: u32,
  periods: u32,
  channels: u32,
  alpha: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [rows, channels], ⌈size / 4⌉ vectors
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<f32>;          // [channels]
// [rows, channels], ⌈size / 4⌉ vectors
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let q = (group.z * 32768u + group.x) * WORKGROUP_SIZE + thread;
  if q >= params.period { return; }
  let c = vec4u(4u * q, 4u * q + 1u, 4u * q + 2u, 4u * q + 3u) % params.channels;
  let bias = vec4f(b[c.x], b[c.y], b[c.z], b[c.w]);
  for (var e = 0u; e < params.periods; e++) {
    let i = (group.y * params.periods + e) * params.period + q;
    if i < params.vectors {
      let v = x[i] + bias;
      y[i] = activate(v, params.alpha);
    }
  }
}

//@include activation
