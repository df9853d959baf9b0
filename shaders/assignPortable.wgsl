// index[m] = argmaxᵢ <x_m, y_i> + h_i, the lowest i on ties
// counts[i] += how many m have index i
//
// Finds the power cell of each sample x_m among the targets y_i with heights h_i. One thread
// handles one sample. This is for devices without subgroups of 8 lanes: the buffers, the order of
// the sums and the resulting bits are those of assignSubgroup.wgsl. The kernel draws x itself
// unless params.given is 1.
// Dispatch [⌈samples / 64⌉, 1, 1].
//@flops 64 * samples * tiles * depth

const RUNNER_UP: bool = false;  //@constant whether `runnerUp` is computed

struct Params {
//@include sampleParams
  detail: u32,  // 1: `index`, `maxScore` and `runnerUp` are stored
  base: u32,  // targets in earlier blocks; `index`, `maxScore` and `runnerUp` hold their result
  tally: u32,  // 1 in the last block of targets: the samples are added to `counts`
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, 32], zeros past the last target
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
// [tiles, 32], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;        // [⌈samples / 32⌉, depth, 32]
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;  // [targets], added to
@group(0) @binding(5) var<storage, read_write> index: array<u32>;    // [⌈samples / 32⌉, 32]
// [⌈samples / 32⌉, 32]: the greatest score, u_h(x)
@group(0) @binding(6) var<storage, read_write> maxScore: array<f32>;
// [⌈samples / 32⌉, 32]: the greatest score of another target
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;

//@include philox
//@include source

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= (params.samples + 31u) / 32u * 32u { return; }  // the last tile is filled as well
  let column = (m / 32u) * params.depth * 32u + m % 32u;
  if params.given == 0u {
    for (var q = 0u; q < params.depth / 4u; q++) {
      let a = source4(m, q);
      let at = column + 32u * q;
      x[at] = a.x;
      x[at + 16u * params.depth] = a.y;
      x[at + 8u * params.depth] = a.z;
      x[at + 24u * params.depth] = a.w;
    }
  }

  var top = -3.4e38;
  var next = -3.4e38;
  var winner = 0xffffffffu;
  if params.base > 0u {
    top = maxScore[m];
    winner = index[m];
    if RUNNER_UP { next = runnerUp[m]; }
  }
  for (var t = 0u; t < params.tiles; t++) {
    var score: array<vec4f, 8>;
    for (var i = 0; i < 8; i++) { //@unroll
      score[i] = h[t * 8u + u32(i)];
    }
    for (var k = 0u; k < params.depth; k++) {
      let b = x[column + 32u * k];
      let py = (t * params.depth + k) * 8u;
      for (var i = 0; i < 8; i++) { //@unroll
        score[i] += y[py + u32(i)] * b;
      }
    }
    for (var i = 0; i < 32; i++) { //@unroll
      let s = score[i / 4][i % 4];
      let greater = s > top;
      if RUNNER_UP { next = select(select(next, s, s > next), top, greater); }
      top = select(top, s, greater);
      winner = select(winner, params.base + t * 32u + u32(i), greater);
    }
  }

  if params.tally == 1u && m < params.samples { atomicAdd(&counts[winner], 1u); }
  if params.detail == 1u {
    index[m] = winner;
    maxScore[m] = top;
    if RUNNER_UP { runnerUp[m] = next; }
  }
}
