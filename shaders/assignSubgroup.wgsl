// index[m] = argmaxᵢ <x_m, y_i> + h_i, the lowest i on ties
// counts[i] += how many m have index i
//
// Finds the power cell of each sample x_m among the targets y_i with heights h_i. A subgroup of 8
// lanes handles 32 samples, 4 per lane. It goes through the targets in tiles of TM: the lanes
// together load each coordinate once and shuffle it to all. x and y are read from textures, as in
// matmulSubgroup.wgsl. No sum over the coordinates is split, so that assignPortable.wgsl has the
// same bits.
// Dispatch [⌈samples / 32⌉, 1, 1].
//@flops 64 * samples * tiles * depth
enable subgroups;

const TM: i32 = 32;
const KU: i32 = 4;              // coordinates in one pass of the inner loop; divides `depth`
const RUNNER_UP: bool = false;  //@constant whether `runnerUp` is computed

struct Params {
  samples: u32,
  tiles: u32,  // of targets
  depth: u32,  // coordinates, a multiple of 4
  detail: u32,  // 1: `index`, `maxScore` and `runnerUp` are stored
  base: u32,  // targets in earlier blocks; `index`, `maxScore` and `runnerUp` hold their result
  tally: u32,  // 1 in the last block of targets: the samples are added to `counts`
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, TM], zeros past the last target
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, read>;
// [tiles, TM], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
// [⌈samples / 32⌉, depth, 32]
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;  // [targets], added to
@group(0) @binding(5) var<storage, read_write> index: array<vec4u>;         // [⌈samples / 32⌉, 32]
// [⌈samples / 32⌉, 32]: the greatest score, u_h(x)
@group(0) @binding(6) var<storage, read_write> maxScore: array<vec4f>;
// [⌈samples / 32⌉, 32]: the greatest score of another target
@group(0) @binding(7) var<storage, read_write> runnerUp: array<vec4f>;

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let depth = params.depth;
  let m = group.x * 32u + lane * 4u;
  var top = vec4f(-3.4e38);
  var next = vec4f(-3.4e38);
  var winner = vec4u(0xffffffffu);
  if params.base > 0u {
    top = maxScore[m / 4u];
    winner = index[m / 4u];
    if RUNNER_UP { next = runnerUp[m / 4u]; }
  }
  var py = i32(lane);
  for (var t = 0u; t < params.tiles; t++) {
    var score: array<vec4f, TM>;
    let start = h[t * 8u + lane];
    for (var i = 0; i < TM; i++) { //@unroll
      score[i] = vec4f(subgroupShuffle(start[i % 4], u32(i / 4)));
    }
    var px = i32(group.x * depth * 8u + lane);
    for (var k = 0u; k < depth; k += u32(KU)) {
      var a: array<vec4f, KU>;
      var b: array<vec4f, KU>;
      for (var u = 0; u < KU; u++) { //@unroll
        a[u] = textureLoad(y, texel(py + u * 8));
        b[u] = textureLoad(x, texel(px + u * 8));
      }
      for (var i = 0; i < TM; i++) { //@unroll
        for (var u = 0; u < KU; u++) { //@unroll
          score[i] += subgroupShuffle(a[u][i % 4], u32(i / 4)) * b[u];
        }
      }
      px += KU * 8;
      py += KU * 8;
    }
    for (var i = 0; i < TM; i++) { //@unroll
      let s = score[i];
      let greater = s > top;
      if RUNNER_UP { next = select(select(next, s, s > next), top, greater); }
      top = select(top, s, greater);
      winner = select(winner, vec4u(params.base + t * u32(TM) + u32(i)), greater);
    }
  }

  for (var c = 0u; c < 4u; c++) {
    if params.tally == 1u && m + c < params.samples { atomicAdd(&counts[winner[c]], 1u); }
  }
  if params.detail == 1u {
    index[m / 4u] = winner;
    maxScore[m / 4u] = top;
    if RUNNER_UP { runnerUp[m / 4u] = next; }
  }
}
