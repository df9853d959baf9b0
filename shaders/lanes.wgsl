// y[i] = 256 · subgroup_size + subgroup_invocation_id of thread i
//
// Tests what the family `subgroup` assumes: 8 lanes, numbered in the order of the threads. It runs
// one workgroup of 8 threads.
// Dispatch [1, 1, 1].
//@flops 0
enable subgroups;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;  // [count]

@compute @workgroup_size(8)
fn main(
  @builtin(local_invocation_index) i: u32,
  @builtin(subgroup_size) size: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  if i < params.count { y[i] = 256u * size + lane; }
}
