// index[p, m] = argmaxᵢ ⟨x_m with the signs p, y_i⟩ + h_i over the targets of eight[p, m], the
// lowest i on ties
// counts[i] += how many (p, m) have index i
// runnerUp[p, m] = the greatest of the other seven and of runnerUp[p, m]
// second[p, m] = the target that holds it where it is one of the seven, the lower one on ties
//
// Computes the eight targets that won once more, as flipsIndexSubgroup.wgsl does. One thread
// handles one point in one pattern.
// Dispatch [⌈points / 64⌉, patterns, 1].
//@flops 16 * points * patterns * depth

const KU: u32 = 1;  //@constant blocks begin at multiples of it
const BLOCKS: u32 = 4;  //@constant blocks of coordinates, 2 or 4
const RUNNER_UP: bool = false;  //@constant whether `runnerUp` and `second` are computed

struct Params {
//@include flipsParams
}

@group(0) @binding(0) var<uniform> params: Params;
// [tiles, depth, 32], zeros past the last target
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
// [tiles, 32], -3e38 past the last target
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
// [⌈points / 32⌉, depth, 32]
@group(0) @binding(3) var<storage, read> x: array<f32>;
// [patterns, ⌈points / 32⌉, 32], like index, runnerUp and second
@group(0) @binding(4) var<storage, read> eight: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;  // [targets], added to
@group(0) @binding(6) var<storage, read_write> index: array<u32>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;
@group(0) @binding(8) var<storage, read_write> second: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let m = group.x * 64u + thread;
  if m >= (params.points + 31u) / 32u * 32u { return; }  // the last tile is filled as well
  let units = params.depth / KU;
  let stride = (params.points + 31u) / 32u * 32u;
  let at = group.y * stride + m;
  let place = eight[at] - params.base * 4u;
  if place >= params.tiles * 4u { return; }  // also where the eight lie in an earlier buffer
  let t = place / 4u;
  let targets = place % 4u * 2u;
  var u = array<vec4f, 2>();
  var v = array<vec4f, 2>();
  var px = (m / 32u) * params.depth * 32u + m % 32u;
  var py = t * params.depth * 8u + targets;
  for (var b = 0u; b < BLOCKS; b++) {
    var c = array<vec4f, 2>();
    let end = (b + 1u) * units / BLOCKS * KU;
    for (var k = b * units / BLOCKS * KU; k < end; k++) {
      let a = x[px];
      for (var i = 0; i < 2; i++) { //@unroll
        c[i] += y[py + u32(i)] * a;
      }
      px += 32u;
      py += 8u;
    }
    let minus = (group.y >> b) % 2u == 1u;
    for (var i = 0; i < 2; i++) { //@unroll
      let signed = select(c[i], -c[i], minus);
      if b < BLOCKS / 2u { u[i] += signed; } else { v[i] += signed; }
    }
  }
  var top = -3.4e38;
  var next = -3.4e38;
  var winner = 0u;
  var holder = 0u;
  for (var i = 0; i < 8; i++) { //@unroll
    let s = h[t * 8u + targets + u32(i / 4)][i % 4] + v[i / 4][i % 4] + u[i / 4][i % 4];
    let greater = s > top;
    if RUNNER_UP {
      let above = s > next;
      holder = select(select(holder, u32(i), above), winner, greater);
      next = select(select(next, s, above), top, greater);
    }
    top = select(top, s, greater);
    winner = select(winner, u32(i), greater);
  }
  if RUNNER_UP {
    let known = runnerUp[at];
    let other = eight[at] * 8u + holder;
    if (next > known) || ((next == known) && (second[at] > other)) { second[at] = other; }
    runnerUp[at] = max(known, next);
  }
  let found = eight[at] * 8u + winner;
  index[at] = found;
  if m < params.points { atomicAdd(&counts[found], 1u); }
}
