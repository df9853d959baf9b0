// best[s, p, m] = maxᵢ ⟨x_m with the signs p, y_i⟩ + h_i over the targets of share s
// eight[s, p, m] = the eight targets that hold the greatest, the first ones on ties
// other[s, p, m] = the greatest of all other eights of targets
//
// Pattern p changes the sign of block b of the coordinates where bit b of p is set. All patterns of
// a point are sums of the same BLOCKS products: with U the sums and differences of the first half
// of them and V the heights plus or minus those of the second half, a score is V + U or V - U. A
// subgroup of 8 lanes handles 32 points, 4 per lane, and goes through its share of the tiles, as
// assignSubgroup.wgsl does. Only the greatest scores of eight targets each are compared;
// flipsIndexSubgroup.wgsl finds the target afterwards.
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
const RUNNER_UP: bool = false;  //@constant whether `other` is computed
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
// [slots, patterns, ⌈points / 32⌉, 32], all three
@group(0) @binding(4) var<storage, read_write> eight: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> best: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> other: array<vec4f>;

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
  for (var p = 0; p < Q * Q; p++) { //@unroll
    top[p] = vec4f(-3.4e38);
    next[p] = vec4f(-3.4e38);
    winner[p] = vec4u(0xffffffffu);
  }
  for (var t = first; t < last; t++) {
    var U: array<vec4f, R * TM>;
    var V: array<vec4f, Q * TM>;
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
          let sum = V[2 * r * TM + i];
          V[2 * r * TM + i] = sum + c[i];
          V[2 * (r + b) * TM + i] = sum - c[i];
        }
      }
    }
    let start = h[t * 8u + lane];
    for (var i = 0; i < TM; i++) { //@unroll
      let height = vec4f(subgroupShuffle(start[i % 4], u32(i / 4)));
      for (var r = 0; r < R; r++) { //@unroll
        let sum = V[2 * r * TM + i];
        V[2 * r * TM + i] = height + sum;
        V[(Q - 1 - 2 * r) * TM + i] = height - sum;
      }
    }
    for (var v = 0; v < Q; v++) { //@unroll
      for (var u = 0; u < R; u++) { //@unroll
        var plus: array<vec4i, 4>;  // the greatest of eight targets each
        var minus: array<vec4i, 4>;
        for (var o = 0; o < 4; o++) { //@unroll
          plus[o] = vec4i(LEAST);
          minus[o] = vec4i(LEAST);
          for (var i = 8 * o; i < 8 * o + 8; i++) { //@unroll
            plus[o] = max(plus[o], bitcast<vec4i>(V[v * TM + i] + U[u * TM + i]));
            minus[o] = max(minus[o], bitcast<vec4i>(V[v * TM + i] - U[u * TM + i]));
          }
        }
        let mostPlus = max(max(plus[0], plus[1]), max(plus[2], plus[3]));
        let mostMinus = max(max(minus[0], minus[1]), max(minus[2], minus[3]));
        if RUNNER_UP || (SIGNED && any(min(mostPlus, mostMinus) < vec4i())) {
          for (var o = 0; o < 4; o++) { //@unroll
            var plusLeast = vec4i(MOST);
            var minusLeast = vec4i(MOST);
            for (var i = 8 * o; i < 8 * o + 8; i++) { //@unroll
              plusLeast = min(plusLeast, bitcast<vec4i>(V[v * TM + i] + U[u * TM + i]));
              minusLeast = min(minusLeast, bitcast<vec4i>(V[v * TM + i] - U[u * TM + i]));
            }
            plus[o] = select(plus[o], plusLeast, plus[o] < vec4i());
            minus[o] = select(minus[o], minusLeast, minus[o] < vec4i());
          }
        }
        for (var sign = 0; sign < 2; sign++) { //@unroll
          let p = v * Q + 2 * u + sign * (Q - 1 - 4 * u);
          for (var o = 0; o < 4; o++) { //@unroll
            let one = bitcast<vec4f>(select(minus[o], plus[o], sign == 0));
            let greater = one > top[p];
            if RUNNER_UP { next[p] = max(next[p], min(one, top[p])); }
            top[p] = select(top[p], one, greater);
            winner[p] = select(winner[p], vec4u((params.base + t) * 4u + u32(o)), greater);
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
    if RUNNER_UP { other[at + u32(p) * stride] = next[p]; }
  }
}
