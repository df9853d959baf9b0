// index[0 .. k−1, m] = the i of the k greatest <x_m, y_i> + h_i, greatest first
//   (the lowest i first on ties; 0xffffffff where there are fewer than k targets)
//
// One thread handles one sample and keeps its sorted list in a column of its own, so that no
// barrier is needed. This is for devices without subgroups of 8 lanes; topKSubgroup.wgsl has the
// same bits. The kernel draws x itself unless params.given is 1.
// Dispatch [⌈samples / 64⌉, 1, 1].
//@flops 64 * samples * tiles * depth

struct Params {
//@include sampleParams
  k: u32,
  base: u32,  // targets in earlier blocks; `index` and `score` hold their result
  stride: u32,  // length of a row: the number of samples, rounded up to a multiple of 32
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, 32], zeros past the last target
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
// [tiles, 32], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;       // [⌈samples / 32⌉, depth, 32]
@group(0) @binding(4) var<storage, read_write> index: array<u32>;   // [k, stride]
@group(0) @binding(5) var<storage, read_write> score: array<f32>;   // [k, stride]

//@include philox
//@include source

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= params.stride { return; }  // the last tile is filled as well
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
  let last = (params.k - 1u) * params.stride + m;
  for (var r = 0u; r < params.k && params.base == 0u; r++) {
    index[r * params.stride + m] = 0xffffffffu;
    score[r * params.stride + m] = -1e38;  // above -3e38, so that empty cells never enter
  }
  var least = score[last];
  for (var t = 0u; t < params.tiles; t++) {
    var s: array<vec4f, 8>;
    for (var i = 0; i < 8; i++) { //@unroll
      s[i] = h[t * 8u + u32(i)];
    }
    for (var k = 0u; k < params.depth; k++) {
      let b = x[column + 32u * k];
      let py = (t * params.depth + k) * 8u;
      for (var i = 0; i < 8; i++) { //@unroll
        s[i] += y[py + u32(i)] * b;
      }
    }
    var entering = 0u;
    for (var i = 0; i < 32; i++) { //@unroll
      entering |= select(0u, 1u << u32(i), s[i / 4][i % 4] > least);
    }
    while entering != 0u {
      let i = firstTrailingBit(entering);
      entering &= entering - 1u;
      let value = s[i / 4u][i % 4u];
      if value > least {
        var at = last;
        while at >= params.stride && score[at - params.stride] < value {
          score[at] = score[at - params.stride];
          index[at] = index[at - params.stride];
          at -= params.stride;
        }
        score[at] = value;
        index[at] = params.base + t * 32u + i;
        least = score[last];
      }
    }
  }
}
