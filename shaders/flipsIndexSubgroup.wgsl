// index[p, m] = argmaxᵢ ⟨x_m with the signs p, y_i⟩ + h_i over the targets of tile[p, m], the lowest
// i on ties
// counts[i] += how many (p, m) have index i
// runnerUp[p, m] = the greatest of the tile's other targets and of runnerUp[p, m]
//
// Computes the tile that won in flipsSubgroup.wgsl once more, by the same sums in the same order.
// The answer is the greatest of the values found here, never the target that equals the value
// found there, since two kernels may round differently. The 8 lanes of a subgroup share the tile's
// targets and go through 32 points of one pattern.
// Dispatch [⌈points / 32⌉, patterns, 1].
//@flops 64 * points * patterns * depth
enable subgroups;

const BLOCKS: u32 = 4;  //@constant blocks of coordinates, 2 or 4
const RUNNER_UP: bool = false;  //@constant whether `runnerUp` is computed

struct Params {
  points: u32,
  tiles: u32,     // of targets
  depth: u32,     // coordinates, a multiple of 4
  patterns: u32,  // 2 to the power of BLOCKS
  base: u32,      // tiles in earlier buffers of targets
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, 32], zeros past the last target
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
// [tiles, 32], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
// [⌈points / 32⌉, depth, 32]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [patterns, ⌈points / 32⌉, 32], like index and runnerUp
@group(0) @binding(4) var<storage, read> tile: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;  // [targets], added to
@group(0) @binding(6) var<storage, read_write> index: array<u32>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let size = params.depth / BLOCKS;
  let stride = (params.points + 31u) / 32u * 32u;
  for (var j = 0u; j < min(32u, params.points - group.x * 32u); j++) {
    let at = group.y * stride + group.x * 32u + j;
    let t = tile[at] - params.base;
    if t >= params.tiles { continue; }  // also where the tile is in an earlier buffer
    var u = vec4f();
    var v = h[t * 8u + lane];
    var px = group.x * params.depth * 32u + j;
    var py = t * params.depth * 8u + lane;
    for (var b = 0u; b < BLOCKS; b++) {
      var c = vec4f();
      for (var k = 0u; k < size; k++) {
        c += y[py] * x[px];
        px += 32u;
        py += 8u;
      }
      let signed = select(c, -c, (group.y >> b) % 2u == 1u);
      if b < BLOCKS / 2u { u += signed; } else { v += signed; }
    }
    let score = u + v;
    let pair = max(score.xy, score.zw);
    let top = subgroupMax(max(pair.x, pair.y));
    var mine = 32u;
    for (var i = 3; i >= 0; i--) {
      mine = select(mine, lane * 4u + u32(i), score[i] == top);
    }
    let winner = subgroupMin(mine);
    if RUNNER_UP {
      let targets = vec4u(0u, 1u, 2u, 3u) + lane * 4u;
      let rest = select(score, vec4f(-3.4e38), targets == vec4u(winner));
      let two = max(rest.xy, rest.zw);
      let second = subgroupMax(max(two.x, two.y));
      if lane == 0u { runnerUp[at] = max(runnerUp[at], second); }
    }
    if lane == 0u {
      let found = (params.base + t) * 32u + winner;
      index[at] = found;
      atomicAdd(&counts[found], 1u);
    }
  }
}
