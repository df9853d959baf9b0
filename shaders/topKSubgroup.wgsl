// index[0 .. k−1, m] = the i of the k greatest <x_m, y_i> + h_i, greatest first
//   (the lowest i first on ties; 0xffffffff where there are fewer than k targets)
//
// A subgroup of 8 lanes handles 32 samples, 4 per lane, which are scored as in assignSubgroup.wgsl.
// A score above the least score of a sample's list enters the list, a column that no other lane
// touches, so that no barrier is needed.
// Dispatch [⌈samples / 32⌉, 1, 1].
//@flops 64 * samples * tiles * depth
enable subgroups;

const TM: i32 = 32;
const KU: i32 = 4;  // coordinates in one pass of the inner loop; divides `depth`

struct Params {
  samples: u32,
  tiles: u32,  // of targets
  depth: u32,  // coordinates, a multiple of 4
  k: u32,
  base: u32,  // targets in earlier blocks; `index` and `score` hold their result
  stride: u32,  // length of a row: the number of samples, rounded up to a multiple of 32
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, TM], zeros past the last target
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, read>;
// [tiles, TM], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;  // [⌈samples / 32⌉, depth, 32]
@group(0) @binding(4) var<storage, read_write> index: array<u32>;    // [k, stride]
@group(0) @binding(5) var<storage, read_write> score: array<f32>;    // [k, stride]
// [⌈samples / 32⌉, TM, 8]: scores, kept in memory because registers cannot be indexed by variables
@group(0) @binding(6) var<storage, read_write> tile: array<vec4f>;

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let depth = params.depth;
  let m = group.x * 32u + lane * 4u;
  let own = group.x * u32(TM) * 8u + lane;
  let stride = params.stride;
  let last = (params.k - 1u) * stride + m;
  if params.base == 0u {
    for (var at = m; at <= last; at += stride) {
      for (var c = 0u; c < 4u; c++) {
        index[at + c] = 0xffffffffu;
        score[at + c] = -1e38;  // above -3e38, so that empty cells never enter
      }
    }
  }

  var least = vec4f(score[last], score[last + 1u], score[last + 2u], score[last + 3u]);
  var py = i32(lane);
  for (var t = 0u; t < params.tiles; t++) {
    var s: array<vec4f, TM>;
    let start = h[t * 8u + lane];
    for (var i = 0; i < TM; i++) { //@unroll
      s[i] = vec4f(subgroupShuffle(start[i % 4], u32(i / 4)));
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
          s[i] += subgroupShuffle(a[u][i % 4], u32(i / 4)) * b[u];
        }
      }
      px += KU * 8;
      py += KU * 8;
    }
    var entering = vec4u();
    for (var i = 0; i < TM; i++) { //@unroll
      entering |= select(vec4u(), vec4u(1u << u32(i)), s[i] > least);
    }
    if any(entering != vec4u()) {
      for (var i = 0; i < TM; i++) { //@unroll
        tile[own + u32(i) * 8u] = s[i];
      }
      for (var c = 0u; c < 4u; c++) {
        var bits = entering[c];
        while bits != 0u {
          let i = firstTrailingBit(bits);
          bits &= bits - 1u;
          let value = tile[own + i * 8u][c];
          if value > least[c] {
            var at = last + c;
            while at >= stride && score[at - stride] < value {
              score[at] = score[at - stride];
              index[at] = index[at - stride];
              at -= stride;
            }
            score[at] = value;
            index[at] = params.base + t * u32(TM) + i;
            least[c] = score[last + c];
          }
        }
      }
    }
  }
}
