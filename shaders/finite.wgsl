// y[2 slot] = the smallest i for which x[i] is NaN or infinite
// y[2 slot + 1] += how many such i there are
//
// The caller fills y with (2³² − 1, 0) beforehand. A workgroup sweeps over `chunk` values. They are
// tested by their bits, since comparisons may hide a NaN. Integer minima and sums do not depend on
// the order of the threads.
// Dispatch sweep(count).
//@flops 0

const WORKGROUP_SIZE: i32 = 64;  //@constant threads of a workgroup

struct Params {
  count: i32,
  chunk: i32,
  slot: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;                 // [count], the bits of f32
@group(0) @binding(2) var<storage, read_write> y: array<atomic<u32>>;   // [slots, 2]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let first = i32(group.y * 32768u + group.x) * params.chunk;
  let end = min(first + params.chunk, params.count);
  var least = 0xffffffffu;
  var bad = 0u;
  for (var i = first + i32(local.x); i < end; i += WORKGROUP_SIZE) {
    if ((x[i] & 0x7f800000u) == 0x7f800000u) {
      least = min(least, u32(i));
      bad += 1u;
    }
  }
  if (bad > 0u) {
    atomicMin(&y[2 * params.slot], least);
    atomicAdd(&y[2 * params.slot + 1], bad);
  }
}
