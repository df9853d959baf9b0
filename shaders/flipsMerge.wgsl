// best[0, i] = maxₛ best[s, i], eight[0, i] = the targets that belong to it, the first on ties
// other[0, i] = the greatest of all that lose, otherEight[0, i] = the targets that belong to it,
//   the first on ties
//
// Brings the shares of flipsSubgroup.wgsl and its like together. A thread handles one i.
// Dispatch grid(⌈count / 64⌉).
//@flops 0

const RUNNER_UP: bool = false;  //@constant whether `other` and `otherEight` are computed

struct Params {
  count: u32,  // of points in all patterns, with those that fill up the last 32
  slots: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> eight: array<u32>;   // [slots, count]
@group(0) @binding(2) var<storage, read_write> best: array<f32>;   // [slots, count]
@group(0) @binding(3) var<storage, read_write> other: array<f32>;  // [slots, count]
@group(0) @binding(4) var<storage, read_write> otherEight: array<u32>;  // [slots, count]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 64u + thread;
  if i >= params.count { return; }
  var top = best[i];
  var winner = eight[i];
  var next = -3.4e38;
  var second = 0xffffffffu;
  if RUNNER_UP {
    next = other[i];
    second = otherEight[i];
  }
  for (var s = 1u; s < params.slots; s++) {
    let at = s * params.count + i;
    let greater = best[at] > top;
    if RUNNER_UP {
      // The loser of the two winners, or a loser of the share that won.
      let loser = select(best[at], top, greater);
      let lost = select(eight[at], winner, greater);
      let third = select(next, other[at], greater);
      let known = select(second, otherEight[at], greater);
      let ahead = select(loser > third, loser >= third, greater);
      next = select(third, loser, ahead);
      second = select(known, lost, ahead);
    }
    winner = select(winner, eight[at], greater);
    top = select(top, best[at], greater);
  }
  eight[i] = winner;
  best[i] = top;
  if RUNNER_UP {
    other[i] = next;
    otherEight[i] = second;
  }
}
