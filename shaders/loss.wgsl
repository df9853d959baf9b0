// partial[p] = rate · Σ L(x[i], t[i]) over the elements i of thread p
//
// FUNCTION selects L. A workgroup sweeps over `chunk` vec4s, each of its threads in steps of
// WORKGROUP_SIZE. The values of the last vec4 beyond `size` are left out.
// Dispatch sweep(⌈size / 4⌉).
//@flops 8 * size

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup
const FUNCTION: i32 = 0;          //@constant index into LOSSES of src/tensor/ops/losses.ts

struct Params {
  size: u32,
  chunk: u32,
  rate: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// any shape, ⌈size / 4⌉ vectors
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> t: array<vec4f>;              // the same
// [workgroups, WORKGROUP_SIZE]
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let vectors = (params.size + 3u) / 4u;
  let workgroup = group.y * 32768u + group.x;
  let first = workgroup * params.chunk;
  if first >= vectors { return; }  // a folded grid may be larger
  let whole = params.size / 4u;
  let last = min(first + params.chunk, vectors);
  var total = vec4f();
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let terms = loss(x[i], t[i]);
    if i < whole {
      total += terms;
    } else {
      total += select(vec4f(), terms, vec4u(0u, 1u, 2u, 3u) < vec4u(params.size % 4u));
    }
  }
  partial[workgroup * WORKGROUP_SIZE + thread] = params.rate * ((total.x + total.y) + (total.z + total.w));
}

// Comparisons are written so that NaN stays NaN.
fn loss(x: vec4f, t: vec4f) -> vec4f {
  switch FUNCTION {
    case 0: {
      let off = select(t, 1.0 - t, x > vec4f());   // from the target that the sign of x stands for
      return weigh(off, abs(x)) + log(1.0 + exp(-abs(x)));
    }
    case 1: { return (x - t) * (x - t); }
    default: { return abs(x - t); }
  }
}

//@include weigh
