// v ← μ v + g
// θ ← θ − rate · v, or by Nesterov's rule θ ← θ − rate · (g + μ v)
//
// Gradient descent with momentum μ for every parameter θ with gradient g. A workgroup sweeps over
// `chunk` vec4s of parameters.
// Dispatch sweep(vectors).
//@flops 16 * vectors

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const NESTEROV: bool = false;    //@constant whether the gradient is taken where v leads to

struct Params {
  vectors: u32,
  chunk: u32,
  momentum: f32,
  rate: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;      // [vectors]
@group(0) @binding(2) var<storage, read_write> theta: array<vec4f>;   // [vectors]
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;       // [vectors]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let g = gradient[i];
    let a = params.momentum * v[i] + g;
    v[i] = a;
    if (NESTEROV) {
      theta[i] -= params.rate * (g + params.momentum * a);
    } else {
      theta[i] -= params.rate * a;
    }
  }
}
