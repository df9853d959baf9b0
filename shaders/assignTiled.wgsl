// index[m] = argmaxᵢ <x_m, y_i> + h_i, the lowest i on ties
// counts[i] += how many m have index i
//
// Finds the power cell of each sample x_m among the targets y_i with heights h_i, on GPUs. A
// workgroup handles 64 samples and goes through the targets in tiles of 64, with KS coordinates of
// both in workgroup memory. A thread keeps the two greatest scores of 8 samples over an eighth of
// the targets; at the end the workgroup compares the eighths. Every score is one sum, in the same
// order as in assignSubgroup.wgsl. The kernel draws x itself unless params.given is 1.
// Dispatch [⌈samples / 64⌉, 1, 1].
//@flops 64 * samples * tiles * depth

const KS: i32 = 8;  //@constant coordinates at a time, a multiple of 4
const RUNNER_UP: bool = false;  //@constant whether `runnerUp` is computed
const S = KS / 4;        // vec4s of each side that a thread loads
const LEAST = -3.4e38;   // below every score

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
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;      // [⌈samples / 32⌉, depth, 32]
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;  // [targets], added to
@group(0) @binding(5) var<storage, read_write> index: array<u32>;    // [⌈samples / 32⌉, 32]
// [⌈samples / 32⌉, 32]: the greatest score, u_h(x)
@group(0) @binding(6) var<storage, read_write> maxScore: array<f32>;
// [⌈samples / 32⌉, 32]: the greatest score of another target
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;

//@include philox
//@include source

// [2, KS, 64]: double buffers, of which one half is filled while the other is read
var<workgroup> xs: array<vec4f, 2 * KS * 16>;
var<workgroup> ys: array<vec4f, 2 * KS * 16>;
var<workgroup> winners: array<vec4u, 8 * 16>;  // [8 shares of the targets, 64 samples]

@compute @workgroup_size(8, 8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let tx = local.x;
  let ty = local.y;
  let depth = params.depth;
  let blocks = (params.samples + 31u) / 32u;
  if params.given == 0u {
    let block = group.x * 2u + thread % 16u / 8u;
    let column = thread % 8u;  // of four samples
    for (var q = thread / 16u; q < depth / 4u; q += 4u) {
      if block < blocks {
        let m = block * 32u + column * 4u;
        let a = source4(m, q);
        let b = source4(m + 1u, q);
        let c = source4(m + 2u, q);
        let d = source4(m + 3u, q);
        let at = (block * depth + q) * 8u + column;
        x[at] = vec4f(a.x, b.x, c.x, d.x);
        x[at + 4u * depth] = vec4f(a.y, b.y, c.y, d.y);
        x[at + 2u * depth] = vec4f(a.z, b.z, c.z, d.z);
        x[at + 6u * depth] = vec4f(a.w, b.w, c.w, d.w);
      }
    }
    storageBarrier();
  }

  var top: array<vec4f, 2>;
  var next: array<vec4f, 2>;
  var winner: array<vec4u, 2>;
  for (var j = 0; j < 2; j++) { //@unroll
    top[j] = vec4f(LEAST);
    next[j] = vec4f(LEAST);
    winner[j] = vec4u(0xffffffffu);
  }
  var score: array<vec4f, 16>;  // [8 targets, 2 vec4s of samples]
  var nextX: array<vec4f, S>;
  var nextY: array<vec4f, S>;
  let chunks = (depth + u32(KS) - 1u) / u32(KS);
  let steps = (params.tiles + 1u) / 2u * chunks;
  for (var step = 0u; step <= steps; step++) {
    if step < steps {
      let tile = step / chunks * 2u;
      for (var s = 0; s < S; s++) { //@unroll
        let place = thread % 16u;
        let k = min(step % chunks * u32(KS) + thread / 16u + u32(4 * s), depth - 1u);
        let block = min(group.x * 2u + place / 8u, blocks - 1u);
        nextX[s] = x[(block * depth + k) * 8u + place % 8u];
        nextY[s] = y[(min(tile + place / 8u, params.tiles - 1u) * depth + k) * 8u + place % 8u];
      }
    }
    if step > 0u {
      let tile = (step - 1u) / chunks * 2u;
      let chunk = (step - 1u) % chunks;
      if chunk == 0u {
        for (var i = 0; i < 2; i++) { //@unroll
          let start = h[min(tile + u32(i), params.tiles - 1u) * 8u + tx];
          for (var c = 0; c < 4; c++) { //@unroll
            score[i * 8 + c * 2] = vec4f(start[c]);
            score[i * 8 + c * 2 + 1] = vec4f(start[c]);
          }
        }
      }
      let half = (step + 1u) % 2u * u32(KS * 16);
      let count = min(u32(KS), depth - chunk * u32(KS));
      for (var k = 0u; k < count; k++) {
        let at = half + k * 16u;
        let b = xs[at + ty];
        let d = xs[at + 8u + ty];
        for (var i = 0; i < 2; i++) { //@unroll
          let a = ys[at + u32(8 * i) + tx];
          for (var c = 0; c < 4; c++) { //@unroll
            score[i * 8 + c * 2] += a[c] * b;
            score[i * 8 + c * 2 + 1] += a[c] * d;
          }
        }
      }
      if chunk == chunks - 1u {
        for (var i = 0; i < 2; i++) { //@unroll
          if tile + u32(i) < params.tiles {
            for (var c = 0; c < 4; c++) { //@unroll
              for (var j = 0; j < 2; j++) { //@unroll
                let s = score[i * 8 + c * 2 + j];
                let greater = s > top[j];
                if RUNNER_UP { next[j] = select(select(next[j], s, s > next[j]), top[j], greater); }
                top[j] = select(top[j], s, greater);
                winner[j] = select(winner[j], vec4u(params.base + (tile + u32(i)) * 32u + tx * 4u + u32(c)), greater);
              }
            }
          }
        }
      }
    }
    if step < steps {
      let half = step % 2u * u32(KS * 16);
      for (var s = 0; s < S; s++) { //@unroll
        xs[half + thread + u32(64 * s)] = nextX[s];
        ys[half + thread + u32(64 * s)] = nextY[s];
      }
    }
    workgroupBarrier();
  }

  for (var j = 0; j < 2; j++) { //@unroll
    let at = tx * 16u + u32(8 * j) + ty;
    xs[at] = top[j];
    ys[at] = next[j];
    winners[at] = winner[j];
  }
  workgroupBarrier();
  let m = group.x * 64u + thread;
  if m >= blocks * 32u { return; }
  var first = LEAST;
  var other = LEAST;
  var cell = 0xffffffffu;
  if params.base > 0u {
    first = maxScore[m];
    cell = index[m];
    if RUNNER_UP { other = runnerUp[m]; }
  }
  for (var share = 0u; share < 8u; share++) {
    let at = share * 16u + thread / 4u;
    let s = xs[at][thread % 4u];
    let w = winners[at][thread % 4u];
    if RUNNER_UP { other = max(max(other, ys[at][thread % 4u]), min(first, s)); }
    if s > first || (s == first && w < cell) {
      first = s;
      cell = w;
    }
  }
  if params.tally == 1u && m < params.samples { atomicAdd(&counts[cell], 1u); }
  if params.detail == 1u {
    index[m] = cell;
    maxScore[m] = first;
    if RUNNER_UP { runnerUp[m] = other; }
  }
}
