// index[p, m] = argmaxᵢ ⟨x_m with the signs p, y_i⟩ + h_i over the targets of eight[p, m], the
// lowest i on ties
// counts[i] += how many (p, m) have index i
// counts[below] += how many (p, m) have no score above 0, instead, unless SIGNED
// runnerUp[p, m] = the greatest of the other seven and of runnerUp[p, m]
// second[p, m] = the target that holds it where it is one of the seven, the lower one on ties
//
// Computes the eight targets that won in flipsSubgroup.wgsl once more, by the same sums in the same
// order. The answer is the greatest of the values found here, never the target that equals the
// value found there, since two kernels may round differently. The 8 lanes of a subgroup handle four
// points of one pattern at a time, two lanes each with four targets.
// Dispatch [⌈points / 32⌉, patterns, 1].
//@flops 16 * points * patterns * depth
enable subgroups;

const KU: i32 = 1;  //@constant blocks begin at multiples of it; coordinates in one pass of the loop
const BLOCKS: u32 = 4;  //@constant blocks of coordinates, 2 or 4
const RUNNER_UP: bool = false;  //@constant whether `runnerUp` and `second` are computed
const SIGNED: bool = true;  //@constant that of the kernel that found `eight`

struct Params {
//@include flipsParams
  below: u32,  // place behind the counts of all targets
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, 32], zeros past the last target
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
// [tiles, 32], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
// [⌈points / 32⌉, depth, 32]
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
// [patterns, ⌈points / 32⌉, 32], like index, runnerUp and second
@group(0) @binding(4) var<storage, read> eight: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;  // [targets], added to
@group(0) @binding(6) var<storage, read_write> index: array<u32>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;
@group(0) @binding(8) var<storage, read_write> second: array<u32>;


@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let units = params.depth / u32(KU);
  let stride = (params.points + 31u) / 32u * 32u;
  let one = lane / 2u;  // the point of this lane
  for (var q = 0u; q < 8u; q++) {
    let m = group.x * 32u + q * 4u + one;
    let at = group.y * stride + m;
    let place = eight[at] - params.base * 4u;
    // Also false where the eight lie in an earlier buffer of targets.
    let here = place < params.tiles * 4u;
    let t = select(0u, place / 4u, here);
    let targets = select(0u, place % 4u * 2u, here) + lane % 2u;  // four of the tile's 32
    var u = vec4f();
    var v = vec4f();
    var px = i32(group.x * params.depth * 8u + q);
    var py = i32(t * params.depth * 8u + targets);
    for (var b = 0u; b < BLOCKS; b++) {
      var c = vec4f();
      let end = (b + 1u) * units / BLOCKS * u32(KU);
      for (var k = b * units / BLOCKS * u32(KU); k < end; k += u32(KU)) {
        for (var i = 0; i < KU; i++) { //@unroll
          let a = x[px + i * 8];
          let mine = select(select(a.x, a.y, one == 1u), select(a.z, a.w, one == 3u), one > 1u);
          c += y[py + i * 8] * mine;
        }
        px += KU * 8;
        py += KU * 8;
      }
      let signed = select(c, -c, (group.y >> b) % 2u == 1u);
      if b < BLOCKS / 2u { u += signed; } else { v += signed; }
    }
    let score = h[t * 8u + targets] + v + u;
    let greatest = max(max(score.x, score.y), max(score.z, score.w));
    let top = max(greatest, subgroupShuffleXor(greatest, 1u));
    var mine = 8u;
    for (var i = 3; i >= 0; i--) {
      mine = select(mine, lane % 2u * 4u + u32(i), score[i] == top);
    }
    let winner = min(mine, subgroupShuffleXor(mine, 1u));
    let writes = here && lane % 2u == 0u;
    if RUNNER_UP {
      let numbers = vec4u(0u, 1u, 2u, 3u) + lane % 2u * 4u;
      let rest = select(score, vec4f(-3.4e38), numbers == vec4u(winner));
      let most = max(max(rest.x, rest.y), max(rest.z, rest.w));
      let both = max(most, subgroupShuffleXor(most, 1u));
      var holds = 8u;
      for (var i = 3; i >= 0; i--) {
        holds = select(holds, numbers[i], rest[i] == both && numbers[i] != winner);
      }
      let holder = eight[at] * 8u + min(holds, subgroupShuffleXor(holds, 1u));
      if writes {
        let known = runnerUp[at];
        if (both > known) || ((both == known) && (second[at] > holder)) { second[at] = holder; }
        runnerUp[at] = max(known, both);
      }
    }
    if writes {
      let found = eight[at] * 8u + winner;
      index[at] = found;
      let cell = select(params.below, found, SIGNED || top > 0.0);
      if m < params.points { atomicAdd(&counts[cell], 1u); }  // the last tile is filled as well
    }
  }
}
