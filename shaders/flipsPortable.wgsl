// best[s, p, m] = maxᵢ ⟨x_m with the signs p, y_i⟩ + h_i over the targets of share s
// eight[s, p, m] = the eight targets that hold the greatest, the first ones on ties
// other[s, p, m] = the greatest of all other eights of targets, otherEight[s, p, m] = the eight
//   that holds it, the first one on ties
//
// One thread handles one point with all its patterns and takes a tile eight targets at a time. This
// is for devices without subgroups of 8 lanes: the buffers, the order of the sums and the resulting
// bits are those of flipsSubgroup.wgsl, which explains them.
// Dispatch [⌈points / 64⌉, shares, 1].
//@flops 32 * points * tiles * (2 * depth + patterns)

const KU: i32 = 1;  //@constant blocks begin at multiples of it
const BLOCKS: i32 = 4;  //@constant blocks of coordinates, 2 or 4
const HALF = BLOCKS / 2;
const R = HALF;    // patterns of half of the blocks, up to the sign of all of them
const Q = 2 * R;   // patterns of half of the blocks
const RUNNER_UP: bool = false;  //@constant whether `other` and `otherEight` are computed

struct Params {
//@include flipsParams
  shares: u32,  // into which the tiles are divided
  slot: u32,  // number of the first share in the outputs
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, 32], zeros past the last target
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
// [tiles, 32], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
// [⌈points / 32⌉, depth, 32]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [slots, patterns, ⌈points / 32⌉, 32], all four
@group(0) @binding(4) var<storage, read_write> eight: array<u32>;
@group(0) @binding(5) var<storage, read_write> best: array<f32>;
@group(0) @binding(6) var<storage, read_write> other: array<f32>;
@group(0) @binding(7) var<storage, read_write> otherEight: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let m = group.x * 64u + thread;
  if m >= (params.points + 31u) / 32u * 32u { return; }  // the last tile is filled as well
  let units = params.depth / u32(KU);
  let column = (m / 32u) * params.depth * 32u + m % 32u;
  let first = group.y * params.tiles / params.shares;
  let last = (group.y + 1u) * params.tiles / params.shares;
  var top: array<f32, Q * Q>;
  var next: array<f32, Q * Q>;
  var winner: array<u32, Q * Q>;
  var second: array<u32, Q * Q>;
  for (var p = 0; p < Q * Q; p++) { //@unroll
    top[p] = -3.4e38;
    next[p] = -3.4e38;
    winner[p] = 0xffffffffu;
    second[p] = 0xffffffffu;
  }
  for (var t = first; t < last; t++) {
    for (var part = 0u; part < 8u; part += 2u) {
      // Sums of the first half of the blocks, then of the second one: two vec4s for each pattern.
      var sums = array<vec4f, 4 * R>();
      var px = column;
      var py = t * params.depth * 8u + part;
      for (var b = 0; b < BLOCKS; b++) { //@unroll
        var c = array<vec4f, 2>();
        let begin = u32(b) * units / u32(BLOCKS) * u32(KU);
        let end = u32(b + 1) * units / u32(BLOCKS) * u32(KU);
        for (var k = begin; k < end; k++) {
          let a = x[px];
          for (var i = 0; i < 2; i++) { //@unroll
            c[i] += y[py + u32(i)] * a;
          }
          px += 32u;
          py += 8u;
        }
        for (var i = 0; i < 2; i++) { //@unroll
          if b % HALF == 0 { sums[b / HALF * 2 * R + i] = c[i]; }
          for (var r = 0; r < b % HALF; r++) { //@unroll
            let at = b / HALF * 2 * R + 2 * r + i;
            let sum = sums[at];
            sums[at] = sum + c[i];
            sums[at + 2 * (b % HALF)] = sum - c[i];
          }
        }
      }
      var greatest: array<vec4f, Q * Q>;
      for (var p = 0; p < Q * Q; p++) { //@unroll
        greatest[p] = vec4f(-3.4e38);
      }
      for (var i = 0; i < 2; i++) { //@unroll
        let height = h[t * 8u + part + u32(i)];
        for (var w = 0; w < R; w++) { //@unroll
          for (var r = 0; r < R; r++) { //@unroll
            let above = height + sums[2 * R + 2 * w + i];
            let below = height - sums[2 * R + 2 * w + i];
            let p = 2 * w * Q + 2 * r;
            let m = (Q - 1 - 2 * w) * Q + 2 * r;
            let last = Q - 1 - 4 * r;
            greatest[p] = max(greatest[p], above + sums[2 * r + i]);
            greatest[p + last] = max(greatest[p + last], above - sums[2 * r + i]);
            greatest[m] = max(greatest[m], below + sums[2 * r + i]);
            greatest[m + last] = max(greatest[m + last], below - sums[2 * r + i]);
          }
        }
      }
      for (var p = 0; p < Q * Q; p++) { //@unroll
        let pair = max(greatest[p].xy, greatest[p].zw);
        let one = max(pair.x, pair.y);
        let greater = one > top[p];
        let place = (params.base + t) * 4u + part / 2u;
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

  let stride = (params.points + 31u) / 32u * 32u;
  let at = (params.slot + group.y) * params.patterns * stride + m;
  for (var p = 0; p < Q * Q; p++) { //@unroll
    eight[at + u32(p) * stride] = winner[p];
    best[at + u32(p) * stride] = top[p];
    if RUNNER_UP {
      other[at + u32(p) * stride] = next[p];
      otherEight[at + u32(p) * stride] = second[p];
    }
  }
}
