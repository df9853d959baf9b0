// best[s, p, m] = maxᵢ ⟨x_m with the signs p, y_i⟩ + h_i over the targets of share s
// tile[s, p, m] = the tile of targets that holds the greatest, the first on ties
// other[s, p, m] = the greatest of the other tiles
//
// Pattern p changes the sign of block b of the coordinates where bit b of p is set. All patterns of
// a point are sums of the same BLOCKS products. A subgroup of 8 lanes handles 32 points, 4 per lane,
// and goes through its share of the tiles, as assignSubgroup.wgsl does. U and V hold the sums of the
// first and of the second half of the blocks, so that a pattern costs one addition for each target.
// Only the greatest of a tile is compared; flipsIndex.wgsl finds its target afterwards.
// Dispatch [⌈points / 32⌉, shares, 1].
//@flops 32 * points * tiles * (2 * depth + patterns)
enable subgroups;

const TM: i32 = 32;
const KU: i32 = 1;       //@constant coordinates in one pass of the inner loop; divides depth / BLOCKS
const BLOCKS: i32 = 4;   //@constant blocks of coordinates, 2 or 4
const HALF = BLOCKS / 2;
const Q = 2 * HALF;      // patterns of half of the blocks
const RUNNER_UP: bool = false;  //@constant whether `other` is computed

struct Params {
  points: u32,
  tiles: u32,     // of targets
  depth: u32,     // coordinates, a multiple of 4
  shares: u32,    // into which the tiles are divided
  patterns: u32,  // 2 to the power of BLOCKS
  base: u32,      // tiles in earlier buffers of targets
  slot: u32,      // number of the first share in the outputs
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, TM], zeros past the last target
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, read>;
// [tiles, TM], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
// [⌈points / 32⌉, depth, 32]
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
// [slots, patterns, ⌈points / 32⌉, 32], all three
@group(0) @binding(4) var<storage, read_write> tile: array<vec4u>;
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
  let size = params.depth / u32(BLOCKS);
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
    var U: array<vec4f, Q * TM>;
    var V: array<vec4f, Q * TM>;
    let start = h[t * 8u + lane];
    for (var i = 0; i < TM; i++) { //@unroll
      U[i] = vec4f();
      V[i] = vec4f(subgroupShuffle(start[i % 4], u32(i / 4)));
    }
    let py = i32(t * params.depth * 8u + lane);
    let px = i32(group.x * params.depth * 8u + lane);
    let step = i32(size * 8u);
    for (var b = 0; b < HALF; b++) { //@unroll
      let c = products(py + b * step, px + b * step, size);
      for (var i = 0; i < TM; i++) { //@unroll
        for (var p = 0; p < 1 + b; p++) { //@unroll
          let sum = U[p * TM + i];
          U[p * TM + i] = sum + c[i];
          U[(p + 1 + b) * TM + i] = sum - c[i];
        }
      }
    }
    for (var b = 0; b < HALF; b++) { //@unroll
      let c = products(py + (HALF + b) * step, px + (HALF + b) * step, size);
      for (var i = 0; i < TM; i++) { //@unroll
        for (var p = 0; p < 1 + b; p++) { //@unroll
          let sum = V[p * TM + i];
          V[p * TM + i] = sum + c[i];
          V[(p + 1 + b) * TM + i] = sum - c[i];
        }
      }
    }
    for (var v = 0; v < Q; v++) { //@unroll
      for (var u = 0; u < Q; u++) { //@unroll
        var greatest = U[u * TM] + V[v * TM];
        for (var i = 1; i < TM; i++) { //@unroll
          greatest = max(greatest, U[u * TM + i] + V[v * TM + i]);
        }
        let greater = greatest > top[v * Q + u];
        if RUNNER_UP { next[v * Q + u] = max(next[v * Q + u], min(greatest, top[v * Q + u])); }
        top[v * Q + u] = select(top[v * Q + u], greatest, greater);
        winner[v * Q + u] = select(winner[v * Q + u], vec4u(params.base + t), greater);
      }
    }
  }

  let stride = (params.points + 31u) / 32u * 8u;
  let at = (params.slot + group.y) * params.patterns * stride + group.x * 8u + lane;
  for (var p = 0; p < Q * Q; p++) { //@unroll
    tile[at + u32(p) * stride] = winner[p];
    best[at + u32(p) * stride] = top[p];
    if RUNNER_UP { other[at + u32(p) * stride] = next[p]; }
  }
}
