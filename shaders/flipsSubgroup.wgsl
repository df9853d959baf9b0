// best[s, p, m] = maxᵢ ⟨x_m with the signs p, y_i⟩ + h_i over the targets of share s
// eight[s, p, m] = the eight targets that hold the greatest, the first ones on ties
// other[s, p, m] = the greatest of all other eights of targets, otherEight[s, p, m] = the eight
//   that holds it, the first one on ties
//
// Pattern p changes the sign of block b of the coordinates where bit b of p is set. All patterns of
// a point are sums of the same BLOCKS products: with U and V the sums and differences of the first
// and of the second half of them, a score is (h ± V) ± U. A subgroup of 8 lanes handles 32 points,
// 4 per lane, and goes through its share of the tiles, as assignSubgroup.wgsl does. Only the
// greatest scores of eight targets each are compared; flipsIndexSubgroup.wgsl finds the target
// afterwards.
//
// Scores are compared as integers, since the float max of CPU drivers takes three steps for the
// sake of NaN. Where a float is not below 0 its bits have the same order. Among floats below 0 the
// order is the opposite: with SIGNED, eights without any other are searched once more for the
// least, for a fifth more time. Without it results of points whose greatest score is not above 0
// are wrong, which flipsIndexSubgroup.wgsl finds out.
// Dispatch [⌈points / 32⌉, shares, 1].
//@flops 32 * points * tiles * (2 * depth + patterns)
enable subgroups;

const TM: i32 = 32;
const KU: i32 = 1;  //@constant blocks begin at multiples of it; coordinates in one pass of the loop
const BLOCKS: i32 = 4;  //@constant blocks of coordinates, 2 or 4
const HALF = BLOCKS / 2;
const R = HALF;    // patterns of half of the blocks, up to the sign of all of them
const Q = 2 * R;   // patterns of half of the blocks
const LEAST = i32(-2147483648);
const MOST = i32(2147483647);
const RUNNER_UP: bool = false;  //@constant whether `other` and `otherEight` are computed
const SIGNED: bool = true;  //@constant whether greatest scores below 0 are found; with `other`

struct Params {
//@include flipsParams
  shares: u32,  // into which the tiles are divided
  slot: u32,  // number of the first share in the outputs
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, TM], zeros past the last target
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, read>;
// [tiles, TM], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
// [⌈points / 32⌉, depth, 32]
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
// [slots, patterns, ⌈points / 32⌉, 32], all four
@group(0) @binding(4) var<storage, read_write> eight: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> best: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> other: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> otherEight: array<vec4u>;

//@include texel

// The products of `count` coordinates of a tile of targets with those of four points per lane.
fn products(y_first: i32, x_first: i32, count: u32) -> array<vec4f, TM> {
  var py = y_first;
  var px = x_first;
  var c = array<vec4f, TM>();
  for (var k = 0u; k < count; k += u32(KU)) {
    var a: array<vec4f, KU>;
    var b: array<vec4f, KU>;
    for (var u = 0; u < KU; u++) { //@unroll
      a[u] = textureLoad(y, texel(py + u * 8));
      b[u] = textureLoad(x, texel(px + u * 8));
    }
    for (var i = 0; i < TM; i++) { //@unroll
      for (var u = 0; u < KU; u++) { //@unroll
        c[i] += subgroupShuffle(a[u][i % 4], u32(i / 4)) * b[u];
      }
    }
    px += KU * 8;
    py += KU * 8;
  }
  return c;
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let units = params.depth / u32(KU);
  let first = group.y * params.tiles / params.shares;
  let last = (group.y + 1u) * params.tiles / params.shares;
  var top: array<vec4f, Q * Q>;
  var next: array<vec4f, Q * Q>;
  var winner: array<vec4u, Q * Q>;
  var second: array<vec4u, Q * Q>;
  for (var p = 0; p < Q * Q; p++) { //@unroll
    top[p] = vec4f(-3.4e38);
    next[p] = vec4f(-3.4e38);
    winner[p] = vec4u(0xffffffffu);
    second[p] = vec4u(0xffffffffu);
  }
  for (var t = first; t < last; t++) {
    var U: array<vec4f, R * TM>;
    var V: array<vec4f, R * TM>;
    let py = i32(t * params.depth * 8u + lane);
    let px = i32(group.x * params.depth * 8u + lane);
    for (var b = 0; b < HALF; b++) { //@unroll
      let begin = u32(b) * units / u32(BLOCKS) * u32(KU);
      let end = u32(b + 1) * units / u32(BLOCKS) * u32(KU);
      let c = products(py + i32(8u * begin), px + i32(8u * begin), end - begin);
      for (var i = 0; i < TM; i++) { //@unroll
        if b == 0 { U[i] = c[i]; }
        for (var r = 0; r < b; r++) { //@unroll
          let sum = U[r * TM + i];
          U[r * TM + i] = sum + c[i];
          U[(r + b) * TM + i] = sum - c[i];
        }
      }
    }
    for (var b = 0; b < HALF; b++) { //@unroll
      let begin = u32(HALF + b) * units / u32(BLOCKS) * u32(KU);
      let end = u32(HALF + b + 1) * units / u32(BLOCKS) * u32(KU);
      let c = products(py + i32(8u * begin), px + i32(8u * begin), end - begin);
      for (var i = 0; i < TM; i++) { //@unroll
        if b == 0 { V[i] = c[i]; }
        for (var r = 0; r < b; r++) { //@unroll
          let sum = V[r * TM + i];
          V[r * TM + i] = sum + c[i];
          V[(r + b) * TM + i] = sum - c[i];
        }
      }
    }
    let start = h[t * 8u + lane];
    var height: array<vec4f, TM>;
    for (var i = 0; i < TM; i++) { //@unroll
      height[i] = vec4f(subgroupShuffle(start[i % 4], u32(i / 4)));
    }
    for (var o = 0; o < 4; o++) { //@unroll
      for (var v = 0; v < R; v++) { //@unroll
        for (var u = 0; u < R; u++) { //@unroll
          var most: array<vec4i, 4>;  // the greatest of eight targets, for four patterns
          for (var s = 0; s < 4; s++) { //@unroll
            most[s] = vec4i(LEAST);
          }
          for (var i = 8 * o; i < 8 * o + 8; i++) { //@unroll
            let above = height[i] + V[v * TM + i];
            let below = height[i] - V[v * TM + i];
            most[0] = max(most[0], bitcast<vec4i>(above + U[u * TM + i]));
            most[1] = max(most[1], bitcast<vec4i>(above - U[u * TM + i]));
            most[2] = max(most[2], bitcast<vec4i>(below + U[u * TM + i]));
            most[3] = max(most[3], bitcast<vec4i>(below - U[u * TM + i]));
          }
          if RUNNER_UP || (SIGNED && any(min(min(most[0], most[1]), min(most[2], most[3])) < vec4i())) {
            var least: array<vec4i, 4>;
            for (var s = 0; s < 4; s++) { //@unroll
              least[s] = vec4i(MOST);
            }
            for (var i = 8 * o; i < 8 * o + 8; i++) { //@unroll
              let above = height[i] + V[v * TM + i];
              let below = height[i] - V[v * TM + i];
              least[0] = min(least[0], bitcast<vec4i>(above + U[u * TM + i]));
              least[1] = min(least[1], bitcast<vec4i>(above - U[u * TM + i]));
              least[2] = min(least[2], bitcast<vec4i>(below + U[u * TM + i]));
              least[3] = min(least[3], bitcast<vec4i>(below - U[u * TM + i]));
            }
            for (var s = 0; s < 4; s++) { //@unroll
              most[s] = select(most[s], least[s], most[s] < vec4i());
            }
          }
          for (var s = 0; s < 4; s++) { //@unroll
            // Pattern of the second half of the blocks, then of the first one.
            let p = select(2 * v, Q - 1 - 2 * v, s > 1) * Q + select(2 * u, Q - 1 - 2 * u, s % 2 == 1);
            let one = bitcast<vec4f>(most[s]);
            let greater = one > top[p];
            let place = vec4u((params.base + t) * 4u + u32(o));
            if RUNNER_UP {
              let above = one > next[p];
              second[p] = select(select(second[p], place, above), winner[p], greater);
              next[p] = select(select(next[p], one, above), top[p], greater);
            }
            top[p] = select(top[p], one, greater);
            winner[p] = select(winner[p], place, greater);
          }
        }
      }
    }
  }

  let stride = (params.points + 31u) / 32u * 8u;
  let at = (params.slot + group.y) * params.patterns * stride + group.x * 8u + lane;
  for (var p = 0; p < Q * Q; p++) { //@unroll
    eight[at + u32(p) * stride] = winner[p];
    best[at + u32(p) * stride] = top[p];
    if RUNNER_UP {
      other[at + u32(p) * stride] = next[p];
      otherEight[at + u32(p) * stride] = second[p];
    }
  }
}
