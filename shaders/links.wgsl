// links[r] = the first k with index[k] = r; links[rows + k] = the next one after k with that index
//
// Each is `length` where there is none, and links[rows + k] is not written where index[k] is no
// whole number from 0 to rows − 1. So the places of each row form a chain, in rising order. A
// thread goes over all of index for one row.
// Dispatch grid(⌈rows / 64⌉).
//@flops 0

struct Params {
  rows: u32,
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> index: array<f32>;        // [length]
@group(0) @binding(2) var<storage, read_write> links: array<u32>;  // [rows + length]

//@include wholeBits

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = (group.y * 32768u + group.x) * 64u + thread;
  if r >= params.rows { return; }
  let bits = bitcast<u32>(f32(r));
  var last = r;
  for (var k = 0u; k < params.length; k++) {
    if wholeBits(index[k]) == bits {
      links[last] = k;
      last = params.rows + k;
    }
  }
  links[last] = params.length;
}
