// m ← β₁ m + (1 − β₁) g
// v ← β₂ v + (1 − β₂) g²
// θ ← θ − rate · m / (√v + ε) − decay · θ
//
// Adam for every parameter θ with gradient g (Kingma and Ba 2015, section 2, last remark: the
// caller includes the bias corrections of both moments in rate, the learning rate, and in ε), with
// the weight decay of Loshchilov and Hutter 2019 where DECAY is set. A workgroup sweeps over
// `chunk` vec4s of parameters.
// Dispatch sweep(vectors).
//@flops 48 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const DECAY: bool = false;       //@constant whether θ decays

struct Params {
  vectors: u32,
  chunk: u32,
  beta1: f32,
  beta2: f32,
  rate: f32,
  epsilon: f32,
  decay: f32,  // learning rate · weight decay
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;      // [vectors]
@group(0) @binding(2) var<storage, read_write> theta: array<vec4f>;   // [vectors]
@group(0) @binding(3) var<storage, read_write> m: array<vec4f>;       // [vectors]
@group(0) @binding(4) var<storage, read_write> v: array<vec4f>;       // [vectors]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let g = gradient[i];
    let a = params.beta1 * m[i] + (1.0 - params.beta1) * g;
    let b = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
    m[i] = a;
    v[i] = b;
    let step = params.rate * a / (sqrt(b) + params.epsilon);
    if (DECAY) {
      theta[i] -= params.decay * theta[i] + step;
    } else {
      theta[i] -= step;
    }
  }
}
