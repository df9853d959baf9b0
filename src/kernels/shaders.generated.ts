// Generated from shaders/*.wgsl by scripts/generate-shaders.mjs. Do not edit.
import type { Workgroups } from "./kernel.ts";

export const adam = {
  name: "adam",
  constants: { WORKGROUP_SIZE: 64, DECAY: false },
  params: { vectors: "u32", chunk: "u32", beta1: "f32", beta2: "f32", rate: "f32", epsilon: "f32", decay: "f32" },
  buffers: { gradient: "read", theta: "read_write", m: "read_write", v: "read_write" },
  textures: [],
  dtypes: { gradient: "f32", theta: "f32", m: "f32", v: "f32" },
  flops: ({ vectors }: { vectors: number }): number => 48 * vectors,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
const DECAY: bool = false; //@constant
struct Params {
  vectors: u32,
  chunk: u32,
  beta1: f32,
  beta2: f32,
  rate: f32,
  epsilon: f32,
  decay: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> theta: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> v: array<vec4f>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let g = gradient[i];
    let a = params.beta1 * m[i] + (1.0 - params.beta1) * g;
    let b = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
    m[i] = a;
    v[i] = b;
    let step = params.rate * a / (sqrt(b) + params.epsilon);
    if (DECAY) {
      theta[i] -= params.decay * theta[i] + step;
    } else {
      theta[i] -= step;
    }
  }
}
` as string,
} as const;

export const assignPortable = {
  name: "assignPortable",
  constants: { RUNNER_UP: false },
  params: { samples: "u32", tiles: "u32", depth: "u32", given: "u32", cube: "u32", even: "u32", first_low: "u32", first_high: "u32", stream: "u32", seed_low: "u32", seed_high: "u32", detail: "u32", base: "u32", tally: "u32" },
  buffers: { y: "read", h: "read", x: "read_write", counts: "read_write", index: "read_write", maxScore: "read_write", runnerUp: "read_write" },
  textures: [],
  dtypes: { y: "f32", h: "f32", x: "f32", counts: "u32", index: "u32", maxScore: "f32", runnerUp: "f32" },
  flops: ({ samples, tiles, depth }: { samples: number; tiles: number; depth: number }): number => 64 * samples * tiles * depth,
  code: `const RUNNER_UP: bool = false; //@constant
struct Params {
  samples: u32,
  tiles: u32,
  depth: u32,
  given: u32,
  cube: u32,
  even: u32,
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
  detail: u32,
  base: u32,
  tally: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> index: array<u32>;
@group(0) @binding(6) var<storage, read_write> maxScore: array<f32>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let middle = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (cross >> 16u) + (middle >> 16u), a * b);
}
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = multiply_wide(0xd2511f53u, c.x);
    let q = multiply_wide(0xcd9e8d57u, c.z);
    c = vec4u(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
fn uniform4(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(8u)) * 0x1p-24f;
}
fn open4(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23f;
}
fn normal4(bits: vec4u) -> vec4f {
  let u = open4(bits);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * (u.yw - 0.5);
  return vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
fn source4(sample: u32, q: u32) -> vec4f {
  let low = params.first_low + sample;
  let high = params.first_high + select(0u, 1u, low < sample);
  let stream = params.stream * 65536u + q;
  let seed = vec2u(params.seed_low, params.seed_high);
  var bits: vec4u;
  if params.even == 1u {
    bits = low * roots(q) + philox(vec4u(high, 0u, stream, 18u), seed);
  } else {
    bits = philox(vec4u(low, high, stream, 16u), seed);
  }
  if params.cube == 1u { return uniform4(bits) - 0.5; }
  return normal4(bits);
}
fn roots(q: u32) -> vec4u {
  switch q {
    case 0u: { return vec4u(0x6a09e667u, 0xbb67ae85u, 0x3c6ef373u, 0xa54ff53bu); }
    case 1u: { return vec4u(0x510e527fu, 0x9b05688du, 0x1f83d9abu, 0x5be0cd19u); }
    case 2u: { return vec4u(0xcbbb9d5du, 0x629a292bu, 0x9159015bu, 0x152fecd9u); }
    default: { return vec4u(0x67332667u, 0x8eb44a87u, 0xdb0c2e0du, 0x47b5481du); }
  }
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= (params.samples + 31u) / 32u * 32u { return; }
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
` as string,
} as const;

export const assignSubgroup = {
  name: "assignSubgroup",
  constants: { RUNNER_UP: false },
  params: { samples: "u32", tiles: "u32", depth: "u32", detail: "u32", base: "u32", tally: "u32" },
  buffers: { y: "read", h: "read", x: "read", counts: "read_write", index: "read_write", maxScore: "read_write", runnerUp: "read_write" },
  textures: ["y", "x"],
  dtypes: { y: "f32", h: "f32", x: "f32", counts: "u32", index: "u32", maxScore: "f32", runnerUp: "f32" },
  flops: ({ samples, tiles, depth }: { samples: number; tiles: number; depth: number }): number => 64 * samples * tiles * depth,
  code: `enable subgroups;
const TM: i32 = 32;
const KU: i32 = 4;
const RUNNER_UP: bool = false; //@constant
struct Params {
  samples: u32,
  tiles: u32,
  depth: u32,
  detail: u32,
  base: u32,
  tally: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> index: array<vec4u>;
@group(0) @binding(6) var<storage, read_write> maxScore: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
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
` as string,
} as const;

export const assignTiled = {
  name: "assignTiled",
  constants: { KS: 8, RUNNER_UP: false },
  params: { samples: "u32", tiles: "u32", depth: "u32", given: "u32", cube: "u32", even: "u32", first_low: "u32", first_high: "u32", stream: "u32", seed_low: "u32", seed_high: "u32", detail: "u32", base: "u32", tally: "u32" },
  buffers: { y: "read", h: "read", x: "read_write", counts: "read_write", index: "read_write", maxScore: "read_write", runnerUp: "read_write" },
  textures: [],
  dtypes: { y: "f32", h: "f32", x: "f32", counts: "u32", index: "u32", maxScore: "f32", runnerUp: "f32" },
  flops: ({ samples, tiles, depth }: { samples: number; tiles: number; depth: number }): number => 64 * samples * tiles * depth,
  code: `const KS: i32 = 8; //@constant
const RUNNER_UP: bool = false; //@constant
const S = KS / 4;
const LEAST = -3.4e38;
struct Params {
  samples: u32,
  tiles: u32,
  depth: u32,
  given: u32,
  cube: u32,
  even: u32,
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
  detail: u32,
  base: u32,
  tally: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> index: array<u32>;
@group(0) @binding(6) var<storage, read_write> maxScore: array<f32>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let middle = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (cross >> 16u) + (middle >> 16u), a * b);
}
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = multiply_wide(0xd2511f53u, c.x);
    let q = multiply_wide(0xcd9e8d57u, c.z);
    c = vec4u(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
fn uniform4(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(8u)) * 0x1p-24f;
}
fn open4(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23f;
}
fn normal4(bits: vec4u) -> vec4f {
  let u = open4(bits);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * (u.yw - 0.5);
  return vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
fn source4(sample: u32, q: u32) -> vec4f {
  let low = params.first_low + sample;
  let high = params.first_high + select(0u, 1u, low < sample);
  let stream = params.stream * 65536u + q;
  let seed = vec2u(params.seed_low, params.seed_high);
  var bits: vec4u;
  if params.even == 1u {
    bits = low * roots(q) + philox(vec4u(high, 0u, stream, 18u), seed);
  } else {
    bits = philox(vec4u(low, high, stream, 16u), seed);
  }
  if params.cube == 1u { return uniform4(bits) - 0.5; }
  return normal4(bits);
}
fn roots(q: u32) -> vec4u {
  switch q {
    case 0u: { return vec4u(0x6a09e667u, 0xbb67ae85u, 0x3c6ef373u, 0xa54ff53bu); }
    case 1u: { return vec4u(0x510e527fu, 0x9b05688du, 0x1f83d9abu, 0x5be0cd19u); }
    case 2u: { return vec4u(0xcbbb9d5du, 0x629a292bu, 0x9159015bu, 0x152fecd9u); }
    default: { return vec4u(0x67332667u, 0x8eb44a87u, 0xdb0c2e0du, 0x47b5481du); }
  }
}
var<workgroup> xs: array<vec4f, 2 * KS * 16>;
var<workgroup> ys: array<vec4f, 2 * KS * 16>;
var<workgroup> winners: array<vec4u, 8 * 16>;
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
    let column = thread % 8u;
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
  var score: array<vec4f, 16>;
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
` as string,
} as const;

export const batchNormGradient = {
  name: "batchNormGradient",
  constants: { WORKGROUP_SIZE: 64 },
  params: { rows: "u32", channels: "u32", share: "f32", epsilon: "f32" },
  buffers: { dy: "read", x: "read", dx: "read_write" },
  textures: [],
  dtypes: { dy: "f32", x: "f32", dx: "f32" },
  flops: ({ rows, channels }: { rows: number; channels: number }): number => channels * (19 * rows + 11),
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
struct Params {
  rows: u32,
  channels: u32,
  share: f32,
  epsilon: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
const MEAN = 0;
const VARIANCE = 1;
const DEVIATION = 2;
const DIRECT = 3;
const SQUARES = 4;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let c = (group.y * 32768u + group.x) * WORKGROUP_SIZE + thread;
  if c >= params.channels { return; }
  var known = moments(c);
  let dDeviation = -channelSum(DEVIATION, c, known);
  known.through = 2.0 * (params.share * (0.5 * dDeviation / known.deviation));
  let dMean = -channelSum(DIRECT, c, known) - channelSum(SQUARES, c, known);
  let dRow = params.share * dMean;
  for (var r = 0u; r < params.rows; r++) {
    let i = r * params.channels + c;
    dx[i] = term(DIRECT, i, known) + term(SQUARES, i, known) + dRow;
  }
}
fn term(sum: i32, i: u32, known: Known) -> f32 {
  let off = x[i] - known.mean;
  switch sum {
    case MEAN: { return x[i]; }
    case VARIANCE: { return off * off; }
    case DEVIATION: { return dy[i] * (off / known.deviation) / known.deviation; }
    case DIRECT: { return dy[i] / known.deviation; }
    default: { return known.through * off; }
  }
}
struct Known {
  mean: f32,
  deviation: f32,
  through: f32,
}
fn moments(c: u32) -> Known {
  let mean = params.share * channelSum(MEAN, c, Known());
  let variance = params.share * channelSum(VARIANCE, c, Known(mean, 0.0, 0.0));
  return Known(mean, sqrt(variance + params.epsilon), 0.0);
}
fn channelSum(sum: i32, c: u32, known: Known) -> f32 {
  var total = 0.0;
  for (var first = 0u; first < params.rows; first += 4u) {
    var part = 0.0;
    for (var r = first; r < min(first + 4u, params.rows); r++) {
      part += term(sum, r * params.channels + c, known);
    }
    total += part;
  }
  return total;
}
` as string,
} as const;

export const batchNormTraining = {
  name: "batchNormTraining",
  constants: { WORKGROUP_SIZE: 64 },
  params: { rows: "u32", channels: "u32", share: "f32", epsilon: "f32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: ({ rows, channels }: { rows: number; channels: number }): number => channels * (6 * rows + 4),
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
struct Params {
  rows: u32,
  channels: u32,
  share: f32,
  epsilon: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const MEAN = 0;
const VARIANCE = 1;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let c = (group.y * 32768u + group.x) * WORKGROUP_SIZE + thread;
  if c >= params.channels { return; }
  let known = moments(c);
  for (var r = 0u; r < params.rows; r++) {
    let i = r * params.channels + c;
    y[i] = (x[i] - known.mean) / known.deviation;
  }
}
fn term(sum: i32, i: u32, known: Known) -> f32 {
  switch sum {
    case MEAN: { return x[i]; }
    default: { return (x[i] - known.mean) * (x[i] - known.mean); }
  }
}
struct Known {
  mean: f32,
  deviation: f32,
  through: f32,
}
fn moments(c: u32) -> Known {
  let mean = params.share * channelSum(MEAN, c, Known());
  let variance = params.share * channelSum(VARIANCE, c, Known(mean, 0.0, 0.0));
  return Known(mean, sqrt(variance + params.epsilon), 0.0);
}
fn channelSum(sum: i32, c: u32, known: Known) -> f32 {
  var total = 0.0;
  for (var first = 0u; first < params.rows; first += 4u) {
    var part = 0.0;
    for (var r = first; r < min(first + 4u, params.rows); r++) {
      part += term(sum, r * params.channels + c, known);
    }
    total += part;
  }
  return total;
}
` as string,
} as const;

export const biasAdd = {
  name: "biasAdd",
  constants: { WORKGROUP_SIZE: 64 },
  params: { vectors: "u32", period: "u32", periods: "u32", channels: "u32", alpha: "f32" },
  buffers: { x: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", b: "f32", y: "f32" },
  flops: ({ vectors }: { vectors: number }): number => 4 * vectors,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
struct Params {
  vectors: u32,
  period: u32,
  periods: u32,
  channels: u32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let q = (group.z * 32768u + group.x) * WORKGROUP_SIZE + thread;
  if q >= params.period { return; }
  let c = vec4u(4u * q, 4u * q + 1u, 4u * q + 2u, 4u * q + 3u) % params.channels;
  let bias = vec4f(b[c.x], b[c.y], b[c.z], b[c.w]);
  for (var e = 0u; e < params.periods; e++) {
    let i = (group.y * params.periods + e) * params.period + q;
    if i < params.vectors {
      let v = x[i] + bias;
      y[i] = activate(v, params.alpha);
    }
  }
}
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
` as string,
} as const;

export const broadcast = {
  name: "broadcast",
  constants: {},
  params: { vectors: "u32", length: "u32", inner: "u32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: (): number => 0,
  code: `const STEP: u32 = 256;
struct Params {
  vectors: u32,
  length: u32,
  inner: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * 1024u + thread;
  var at = place(4u * first);
  let step = place(STEP);
  for (var e = 0u; e < 16u; e++) {
    let v = first + e * 64u;
    if v < params.vectors {
      let b = next(at, vec3u(0u, 0u, 1u));
      let c = next(b, vec3u(0u, 0u, 1u));
      let d = next(c, vec3u(0u, 0u, 1u));
      y[v] = vec4f(load(at), load(b), load(c), load(d));
    }
    at = next(at, step);
  }
}
fn load(at: vec3u) -> f32 {
  return x[at.x * params.inner + at.z];
}
fn place(n: u32) -> vec3u {
  let rows = n / params.inner;
  return vec3u(rows / params.length, rows % params.length, n % params.inner);
}
fn next(at: vec3u, step: vec3u) -> vec3u {
  var sum = at + step;
  let i = select(0u, 1u, sum.z >= params.inner);
  sum.z -= i * params.inner;
  sum.y += i;
  let l = select(0u, 1u, sum.y >= params.length);
  sum.y -= l * params.length;
  sum.x += l;
  return sum;
}
` as string,
} as const;

export const col2im = {
  name: "col2im",
  constants: { WORKGROUP_SIZE: 64 },
  params: { count: "i32", chunk: "i32", pitch: "i32", reachY: "i32", reachX: "i32", first: "i32", lh: "i32", lw: "i32", c: "i32", sh: "i32", sw: "i32", kh: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: ({ count, lh, lw, sh, sw, kh, kw }: { count: number; lh: number; lw: number; sh: number; sw: number; kh: number; kw: number }): number => (count / (lh * lw)) * sh * sw * kh * kw,
  code: `const WORKGROUP_SIZE: i32 = 64; //@constant
struct Params {
  count: i32,
  chunk: i32,
  pitch: i32,
  reachY: i32,
  reachX: i32,
  first: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let start = (i32(group.y) * 32768 + i32(group.x)) * params.chunk;
  for (var i = start + i32(thread); i < min(start + params.chunk, params.count); i += WORKGROUP_SIZE) {
    y[params.first * params.lh * params.lw * params.c + i] = reaching(i);
  }
}
fn reaching(i: i32) -> f32 {
  let pixel = i / params.c;
  let c = i - pixel * params.c;
  let row = pixel / params.lw;
  let ix = pixel - row * params.lw + params.padX;
  let b = row / params.lh;
  let iy = row - b * params.lh + params.padY;
  let oy0 = iy / params.strideY;
  let ox0 = ix / params.strideX;
  let ky0 = iy - oy0 * params.strideY;
  let kx0 = ix - ox0 * params.strideX;
  var sum = 0.0;
  for (var r = 0; r < params.reachY; r++) {
    let ky = ky0 + r * params.strideY;
    let oy = oy0 - r;
    let insideY = ky < params.kh && oy >= 0 && oy < params.sh;
    for (var q = 0; q < params.reachX; q++) {
      let kx = kx0 + q * params.strideX;
      let ox = ox0 - q;
      let inside = insideY && kx < params.kw && ox >= 0 && ox < params.sw;
      let at = ((b * params.sh + oy) * params.sw + ox) * params.pitch + (ky * params.kw + kx) * params.c + c;
      sum += select(0.0, x[select(0, at, inside)], inside);
    }
  }
  return sum;
}
` as string,
} as const;

export const cumsum = {
  name: "cumsum",
  constants: { REVERSE: false },
  params: { outer: "u32", length: "u32", inner: "u32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: ({ outer, length, inner }: { outer: number; length: number; inner: number }): number => outer * length * inner,
  code: `const REVERSE: bool = false; //@constant
struct Params {
  outer: u32,
  length: u32,
  inner: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let line = (group.y * 32768u + group.x) * 64u + thread;
  let inner = params.inner;
  let o = line / inner;
  if o >= params.outer { return; }
  let start = o * params.length * inner + (line - o * inner);
  var total = 0.0;
  for (var k = 0u; k < params.length; k++) {
    let at = start + select(k, params.length - 1u - k, REVERSE) * inner;
    total += x[at];
    y[at] = total;
  }
}
` as string,
} as const;

export const draw = {
  name: "draw",
  constants: {},
  params: { samples: "u32", depth: "u32", cube: "u32", even: "u32", first_low: "u32", first_high: "u32", stream: "u32", seed_low: "u32", seed_high: "u32" },
  buffers: { x: "read_write" },
  textures: [],
  dtypes: { x: "f32" },
  flops: (): number => 0,
  code: `struct Params {
  samples: u32,
  depth: u32,
  cube: u32,
  even: u32,
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let middle = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (cross >> 16u) + (middle >> 16u), a * b);
}
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = multiply_wide(0xd2511f53u, c.x);
    let q = multiply_wide(0xcd9e8d57u, c.z);
    c = vec4u(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
fn uniform4(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(8u)) * 0x1p-24f;
}
fn open4(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23f;
}
fn normal4(bits: vec4u) -> vec4f {
  let u = open4(bits);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * (u.yw - 0.5);
  return vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
fn source4(sample: u32, q: u32) -> vec4f {
  let low = params.first_low + sample;
  let high = params.first_high + select(0u, 1u, low < sample);
  let stream = params.stream * 65536u + q;
  let seed = vec2u(params.seed_low, params.seed_high);
  var bits: vec4u;
  if params.even == 1u {
    bits = low * roots(q) + philox(vec4u(high, 0u, stream, 18u), seed);
  } else {
    bits = philox(vec4u(low, high, stream, 16u), seed);
  }
  if params.cube == 1u { return uniform4(bits) - 0.5; }
  return normal4(bits);
}
fn roots(q: u32) -> vec4u {
  switch q {
    case 0u: { return vec4u(0x6a09e667u, 0xbb67ae85u, 0x3c6ef373u, 0xa54ff53bu); }
    case 1u: { return vec4u(0x510e527fu, 0x9b05688du, 0x1f83d9abu, 0x5be0cd19u); }
    case 2u: { return vec4u(0xcbbb9d5du, 0x629a292bu, 0x9159015bu, 0x152fecd9u); }
    default: { return vec4u(0x67332667u, 0x8eb44a87u, 0xdb0c2e0du, 0x47b5481du); }
  }
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= (params.samples + 31u) / 32u * 32u { return; }
  for (var q = 0u; q < params.depth / 4u; q++) {
    let a = source4(m, q);
    let at = (m / 32u) * params.depth * 32u + m % 32u + 32u * q;
    x[at] = a.x;
    x[at + 16u * params.depth] = a.y;
    x[at + 8u * params.depth] = a.z;
    x[at + 24u * params.depth] = a.w;
  }
}
` as string,
} as const;

export const drawRows = {
  name: "drawRows",
  constants: {},
  params: { samples: "u32", depth: "u32", rows: "u32", first_low: "u32", first_high: "u32", stream: "u32", seed_low: "u32", seed_high: "u32" },
  buffers: { rows: "read", x: "read_write" },
  textures: [],
  dtypes: { rows: "f32", x: "f32" },
  flops: (): number => 0,
  code: `struct Params {
  samples: u32,
  depth: u32,
  rows: u32,
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let middle = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (cross >> 16u) + (middle >> 16u), a * b);
}
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = multiply_wide(0xd2511f53u, c.x);
    let q = multiply_wide(0xcd9e8d57u, c.z);
    c = vec4u(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
fn uniform4(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(8u)) * 0x1p-24f;
}
fn open4(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23f;
}
fn normal4(bits: vec4u) -> vec4f {
  let u = open4(bits);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * (u.yw - 0.5);
  return vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= (params.samples + 31u) / 32u * 32u { return; }
  let low = params.first_low + m;
  let high = params.first_high + select(0u, 1u, low < m);
  let bits = philox(vec4u(low, high, params.stream * 65536u, 16u), vec2u(params.seed_low, params.seed_high));
  let fine = multiply_wide(bits.y, params.rows);
  let coarse = multiply_wide(bits.x, params.rows);
  let row = coarse.x + select(0u, 1u, coarse.y + fine.x < coarse.y);
  let at = (m / 32u) * params.depth * 32u + m % 32u;
  for (var k = 0u; k < params.depth; k++) {
    x[at + 32u * k] = rows[row * params.depth + k];
  }
}
` as string,
} as const;

export const elementwise = {
  name: "elementwise",
  constants: { WORKGROUP_SIZE: 64, FUNCTION: 0, NUMBER: 0 },
  params: { vectors: "u32", chunk: "u32", alpha: "f32", beta: "f32" },
  buffers: { a: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { a: "f32", b: "f32", y: "f32" },
  flops: ({ vectors }: { vectors: number }): number => 4 * vectors,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
const FUNCTION: i32 = 0; //@constant
const NUMBER: i32 = 0; //@constant
struct Params {
  vectors: u32,
  chunk: u32,
  alpha: f32,
  beta: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    switch NUMBER {
      case 1: { y[i] = f(vec4f(params.beta), b[i], params.alpha, params.beta); }
      case 2: { y[i] = f(a[i], vec4f(params.beta), params.alpha, params.beta); }
      default: { y[i] = f(a[i], b[i], params.alpha, params.beta); }
    }
  }
}
fn f(a: vec4f, b: vec4f, alpha: f32, beta: f32) -> vec4f {
  switch FUNCTION {
    case 0: { return a + b; }
    case 1: { return a - b; }
    case 2: { return a * b; }
    case 3: { return a / b; }
    case 4: { return alpha * a + beta; }
    case 5: { return relu(a); }
    case 6: { return slope(b, a, vec4f()); }
    case 7: { return leakyRelu(a, alpha); }
    case 8: { return slope(b, a, alpha * a); }
    case 9: { return 1.0 / (1.0 + exp(-a)); }
    case 10: { return tanh_exact(a); }
    case 11: { return exp(a); }
    case 12: { return log_exact(a); }
    case 13: { return sqrt(a); }
    case 14: { return a * a; }
    case 15: { return abs(a); }
    case 16: { return select(slope(b, a, vec4f()), -a, b < vec4f()); }
    case 17: { return weigh(a, b); }
    case 18: { return truth(ordered(a, b) & (order(a) == order(b))); }
    case 19: { return truth(!ordered(a, b) | (order(a) != order(b))); }
    case 20: { return truth(ordered(a, b) & (order(a) < order(b))); }
    case 21: { return truth(ordered(a, b) & (order(a) <= order(b))); }
    case 22: { return truth(ordered(a, b) & (order(a) > order(b))); }
    case 23: { return truth(ordered(a, b) & (order(a) >= order(b))); }
    case 24: { return select(a + b, select(b, a, order(a) > order(b)), ordered(a, b)); }
    case 25: { return select(a + b, select(b, a, order(a) < order(b)), ordered(a, b)); }
    case 26: { return select(a + b, heaviside(a, b), ordered(a, b)); }
    case 27: { return power(a, b); }
    default: { return a; }
  }
}
fn slope(b: vec4f, above: vec4f, below: vec4f) -> vec4f {
  return select(select(b, above, b > vec4f()), below, b <= vec4f());
}
fn order(x: vec4f) -> vec4i {
  let bits = bitcast<vec4i>(x);
  return select(bits, vec4i(-2147483648) - bits, bits < vec4i());
}
fn ordered(a: vec4f, b: vec4f) -> vec4<bool> {
  let greater = max(bitcast<vec4u>(a) & vec4u(0x7fffffffu), bitcast<vec4u>(b) & vec4u(0x7fffffffu));
  return greater <= vec4u(0x7f800000u);
}
fn truth(x: vec4<bool>) -> vec4f {
  return select(vec4f(), vec4f(1.0), x);
}
fn heaviside(a: vec4f, b: vec4f) -> vec4f {
  return select(select(vec4f(0.5), vec4f(1.0), order(a) > order(b)), vec4f(), order(a) < order(b));
}
fn log_exact(x: vec4f) -> vec4f {
  return select(log(x), log(x * 0x1p24) - 16.635532333438686, abs(x) < vec4f(0x1p-126));
}
fn tanh_exact(x: vec4f) -> vec4f {
  let far = 1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0);
  let square = x * x;
  let near = x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  return select(sign(x) * far, near, abs(x) < vec4f(0.25));
}
fn power(a: vec4f, b: vec4f) -> vec4f {
  let size = abs(b);
  let whole = b == trunc(b);
  let digits = vec4u(min(size, vec4f(0x1p24)));
  var product = vec4f(1.0);
  var factor = a;
  for (var digit = 0u; digit < 7u; digit++) {
    product = select(product, product * factor, ((digits >> vec4u(digit)) & vec4u(1u)) == vec4u(1u));
    factor *= factor;
  }
  let near = select(product, 1.0 / product, b < vec4f());
  let odd = whole & ((digits & vec4u(1u)) == vec4u(1u));
  let negative = order(a) < vec4i();
  let subnormal = abs(a) < vec4f(0x1p-126);
  let magnitude = exp2(b * select(log2(abs(a)), log2(abs(a) * 0x1p24) - 24.0, subnormal));
  let far = select(magnitude, -magnitude, odd & negative);
  let lowest = vec4i(-2139095040);
  let real = whole | !negative | (order(a) <= lowest);
  return select(select(sqrt(a), far, real), near, whole & (size <= vec4f(64.0)));
}
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
fn weigh(a: vec4f, b: vec4f) -> vec4f {
  let infinite = (bitcast<vec4u>(b) & vec4u(0x7fffffffu)) == vec4u(0x7f800000u);
  return select(a * b, vec4f(), (a == vec4f()) & infinite);
}
` as string,
} as const;

export const elementwiseBroadcast = {
  name: "elementwiseBroadcast",
  constants: { WORKGROUP_SIZE: 64, FUNCTION: 0, WIDE: false },
  params: { vectors: "u32", chunk: "u32", alpha: "f32", beta: "f32", middle: "u32", inner: "u32", ao: "u32", am: "u32", ai: "u32", bo: "u32", bm: "u32", bi: "u32" },
  buffers: { a: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { a: "f32", b: "f32", y: "f32" },
  flops: ({ vectors }: { vectors: number }): number => 4 * vectors,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
const FUNCTION: i32 = 0; //@constant
const WIDE: bool = false; //@constant
struct Params {
  vectors: u32,
  chunk: u32,
  alpha: f32,
  beta: f32,
  middle: u32,
  inner: u32,
  ao: u32,
  am: u32,
  ai: u32,
  bo: u32,
  bm: u32,
  bi: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  let width = select(4u, 1u, WIDE);
  var at = indices(width * (first + thread));
  let step = indices(width * WORKGROUP_SIZE);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    y[i] = f(loadA(at), loadB(at), params.alpha, params.beta);
    at = advance(at, step);
  }
}
fn loadA(at: vec3u) -> vec4f {
  let n = places(at, params.ao, params.am, params.ai);
  if (WIDE && params.ai == 1u) { return a[n.x / 4u]; }
  return vec4f(a[n.x / 4u][n.x % 4u], a[n.y / 4u][n.y % 4u], a[n.z / 4u][n.z % 4u], a[n.w / 4u][n.w % 4u]);
}
fn loadB(at: vec3u) -> vec4f {
  let n = places(at, params.bo, params.bm, params.bi);
  if (WIDE && params.bi == 1u) { return b[n.x / 4u]; }
  return vec4f(b[n.x / 4u][n.x % 4u], b[n.y / 4u][n.y % 4u], b[n.z / 4u][n.z % 4u], b[n.w / 4u][n.w % 4u]);
}
fn indices(n: u32) -> vec3u {
  let rows = n / params.inner;
  return vec3u(rows / params.middle, rows % params.middle, n % params.inner);
}
fn advance(at: vec3u, step: vec3u) -> vec3u {
  var sum = at + step;
  let i = select(0u, 1u, sum.z >= params.inner);
  sum.z -= i * params.inner;
  sum.y += i;
  let m = select(0u, 1u, sum.y >= params.middle);
  sum.y -= m * params.middle;
  sum.x += m;
  return sum;
}
fn places(at: vec3u, o: u32, m: u32, i: u32) -> vec4u {
  if (WIDE) { return vec4u(at.x * o + at.y * m + 4u * at.z * i); }
  let p = advance(at, vec3u(0u, 0u, 1u));
  let q = advance(p, vec3u(0u, 0u, 1u));
  let r = advance(q, vec3u(0u, 0u, 1u));
  return vec4u(at.x, p.x, q.x, r.x) * o + vec4u(at.y, p.y, q.y, r.y) * m + vec4u(at.z, p.z, q.z, r.z) * i;
}
fn f(a: vec4f, b: vec4f, alpha: f32, beta: f32) -> vec4f {
  switch FUNCTION {
    case 0: { return a + b; }
    case 1: { return a - b; }
    case 2: { return a * b; }
    case 3: { return a / b; }
    case 4: { return alpha * a + beta; }
    case 5: { return relu(a); }
    case 6: { return slope(b, a, vec4f()); }
    case 7: { return leakyRelu(a, alpha); }
    case 8: { return slope(b, a, alpha * a); }
    case 9: { return 1.0 / (1.0 + exp(-a)); }
    case 10: { return tanh_exact(a); }
    case 11: { return exp(a); }
    case 12: { return log_exact(a); }
    case 13: { return sqrt(a); }
    case 14: { return a * a; }
    case 15: { return abs(a); }
    case 16: { return select(slope(b, a, vec4f()), -a, b < vec4f()); }
    case 17: { return weigh(a, b); }
    case 18: { return truth(ordered(a, b) & (order(a) == order(b))); }
    case 19: { return truth(!ordered(a, b) | (order(a) != order(b))); }
    case 20: { return truth(ordered(a, b) & (order(a) < order(b))); }
    case 21: { return truth(ordered(a, b) & (order(a) <= order(b))); }
    case 22: { return truth(ordered(a, b) & (order(a) > order(b))); }
    case 23: { return truth(ordered(a, b) & (order(a) >= order(b))); }
    case 24: { return select(a + b, select(b, a, order(a) > order(b)), ordered(a, b)); }
    case 25: { return select(a + b, select(b, a, order(a) < order(b)), ordered(a, b)); }
    case 26: { return select(a + b, heaviside(a, b), ordered(a, b)); }
    case 27: { return power(a, b); }
    default: { return a; }
  }
}
fn slope(b: vec4f, above: vec4f, below: vec4f) -> vec4f {
  return select(select(b, above, b > vec4f()), below, b <= vec4f());
}
fn order(x: vec4f) -> vec4i {
  let bits = bitcast<vec4i>(x);
  return select(bits, vec4i(-2147483648) - bits, bits < vec4i());
}
fn ordered(a: vec4f, b: vec4f) -> vec4<bool> {
  let greater = max(bitcast<vec4u>(a) & vec4u(0x7fffffffu), bitcast<vec4u>(b) & vec4u(0x7fffffffu));
  return greater <= vec4u(0x7f800000u);
}
fn truth(x: vec4<bool>) -> vec4f {
  return select(vec4f(), vec4f(1.0), x);
}
fn heaviside(a: vec4f, b: vec4f) -> vec4f {
  return select(select(vec4f(0.5), vec4f(1.0), order(a) > order(b)), vec4f(), order(a) < order(b));
}
fn log_exact(x: vec4f) -> vec4f {
  return select(log(x), log(x * 0x1p24) - 16.635532333438686, abs(x) < vec4f(0x1p-126));
}
fn tanh_exact(x: vec4f) -> vec4f {
  let far = 1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0);
  let square = x * x;
  let near = x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  return select(sign(x) * far, near, abs(x) < vec4f(0.25));
}
fn power(a: vec4f, b: vec4f) -> vec4f {
  let size = abs(b);
  let whole = b == trunc(b);
  let digits = vec4u(min(size, vec4f(0x1p24)));
  var product = vec4f(1.0);
  var factor = a;
  for (var digit = 0u; digit < 7u; digit++) {
    product = select(product, product * factor, ((digits >> vec4u(digit)) & vec4u(1u)) == vec4u(1u));
    factor *= factor;
  }
  let near = select(product, 1.0 / product, b < vec4f());
  let odd = whole & ((digits & vec4u(1u)) == vec4u(1u));
  let negative = order(a) < vec4i();
  let subnormal = abs(a) < vec4f(0x1p-126);
  let magnitude = exp2(b * select(log2(abs(a)), log2(abs(a) * 0x1p24) - 24.0, subnormal));
  let far = select(magnitude, -magnitude, odd & negative);
  let lowest = vec4i(-2139095040);
  let real = whole | !negative | (order(a) <= lowest);
  return select(select(sqrt(a), far, real), near, whole & (size <= vec4f(64.0)));
}
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
fn weigh(a: vec4f, b: vec4f) -> vec4f {
  let infinite = (bitcast<vec4u>(b) & vec4u(0x7fffffffu)) == vec4u(0x7f800000u);
  return select(a * b, vec4f(), (a == vec4f()) & infinite);
}
` as string,
} as const;

export const finite = {
  name: "finite",
  constants: { WORKGROUP_SIZE: 64 },
  params: { count: "i32", chunk: "i32", slot: "i32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "u32", y: "u32" },
  flops: (): number => 0,
  code: `const WORKGROUP_SIZE: i32 = 64; //@constant
struct Params {
  count: i32,
  chunk: i32,
  slot: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<atomic<u32>>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let first = i32(group.y * 32768u + group.x) * params.chunk;
  let end = min(first + params.chunk, params.count);
  var least = 0xffffffffu;
  var bad = 0u;
  for (var i = first + i32(local.x); i < end; i += WORKGROUP_SIZE) {
    if ((x[i] & 0x7f800000u) == 0x7f800000u) {
      least = min(least, u32(i));
      bad += 1u;
    }
  }
  if (bad > 0u) {
    atomicMin(&y[2 * params.slot], least);
    atomicAdd(&y[2 * params.slot + 1], bad);
  }
}
` as string,
} as const;

export const flipsIndexPortable = {
  name: "flipsIndexPortable",
  constants: { KU: 1, BLOCKS: 4, RUNNER_UP: false },
  params: { points: "u32", tiles: "u32", depth: "u32", patterns: "u32", base: "u32" },
  buffers: { y: "read", h: "read", x: "read", eight: "read", counts: "read_write", index: "read_write", runnerUp: "read_write", second: "read_write" },
  textures: [],
  dtypes: { y: "f32", h: "f32", x: "f32", eight: "u32", counts: "u32", index: "u32", runnerUp: "f32", second: "u32" },
  flops: ({ points, depth, patterns }: { points: number; depth: number; patterns: number }): number => 16 * points * patterns * depth,
  code: `const KU: u32 = 1; //@constant
const BLOCKS: u32 = 4; //@constant
const RUNNER_UP: bool = false; //@constant
struct Params {
  points: u32,
  tiles: u32,
  depth: u32,
  patterns: u32,
  base: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> eight: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> index: array<u32>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;
@group(0) @binding(8) var<storage, read_write> second: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let m = group.x * 64u + thread;
  if m >= (params.points + 31u) / 32u * 32u { return; }
  let units = params.depth / KU;
  let stride = (params.points + 31u) / 32u * 32u;
  let at = group.y * stride + m;
  let place = eight[at] - params.base * 4u;
  if place >= params.tiles * 4u { return; }
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
` as string,
} as const;

export const flipsIndexSubgroup = {
  name: "flipsIndexSubgroup",
  constants: { KU: 1, BLOCKS: 4, RUNNER_UP: false, SIGNED: true },
  params: { points: "u32", tiles: "u32", depth: "u32", patterns: "u32", base: "u32", below: "u32" },
  buffers: { y: "read", h: "read", x: "read", eight: "read", counts: "read_write", index: "read_write", runnerUp: "read_write", second: "read_write" },
  textures: [],
  dtypes: { y: "f32", h: "f32", x: "f32", eight: "u32", counts: "u32", index: "u32", runnerUp: "f32", second: "u32" },
  flops: ({ points, depth, patterns }: { points: number; depth: number; patterns: number }): number => 16 * points * patterns * depth,
  code: `enable subgroups;
const KU: i32 = 1; //@constant
const BLOCKS: u32 = 4; //@constant
const RUNNER_UP: bool = false; //@constant
const SIGNED: bool = true; //@constant
struct Params {
  points: u32,
  tiles: u32,
  depth: u32,
  patterns: u32,
  base: u32,
  below: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read> eight: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> index: array<u32>;
@group(0) @binding(7) var<storage, read_write> runnerUp: array<f32>;
@group(0) @binding(8) var<storage, read_write> second: array<u32>;
@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let units = params.depth / u32(KU);
  let stride = (params.points + 31u) / 32u * 32u;
  let one = lane / 2u;
  for (var q = 0u; q < 8u; q++) {
    let m = group.x * 32u + q * 4u + one;
    let at = group.y * stride + m;
    let place = eight[at] - params.base * 4u;
    let here = place < params.tiles * 4u;
    let t = select(0u, place / 4u, here);
    let targets = select(0u, place % 4u * 2u, here) + lane % 2u;
    var u = vec4f();
    var v = vec4f();
    var px = i32(group.x * params.depth * 8u + q);
    var py = i32(t * params.depth * 8u + targets);
    for (var b = 0u; b < BLOCKS; b++) {
      var c = vec4f();
      let end = (b + 1u) * units / BLOCKS * u32(KU);
      for (var k = b * units / BLOCKS * u32(KU); k < end; k += u32(KU)) {
        for (var i = 0; i < KU; i++) { //@unroll
          let a = x[px + i * 8];
          let mine = select(select(a.x, a.y, one == 1u), select(a.z, a.w, one == 3u), one > 1u);
          c += y[py + i * 8] * mine;
        }
        px += KU * 8;
        py += KU * 8;
      }
      let signed = select(c, -c, (group.y >> b) % 2u == 1u);
      if b < BLOCKS / 2u { u += signed; } else { v += signed; }
    }
    let score = h[t * 8u + targets] + v + u;
    let greatest = max(max(score.x, score.y), max(score.z, score.w));
    let top = max(greatest, subgroupShuffleXor(greatest, 1u));
    var mine = 8u;
    for (var i = 3; i >= 0; i--) {
      mine = select(mine, lane % 2u * 4u + u32(i), score[i] == top);
    }
    let winner = min(mine, subgroupShuffleXor(mine, 1u));
    let writes = here && lane % 2u == 0u;
    if RUNNER_UP {
      let numbers = vec4u(0u, 1u, 2u, 3u) + lane % 2u * 4u;
      let rest = select(score, vec4f(-3.4e38), numbers == vec4u(winner));
      let most = max(max(rest.x, rest.y), max(rest.z, rest.w));
      let both = max(most, subgroupShuffleXor(most, 1u));
      var holds = 8u;
      for (var i = 3; i >= 0; i--) {
        holds = select(holds, numbers[i], rest[i] == both && numbers[i] != winner);
      }
      let holder = eight[at] * 8u + min(holds, subgroupShuffleXor(holds, 1u));
      if writes {
        let known = runnerUp[at];
        if (both > known) || ((both == known) && (second[at] > holder)) { second[at] = holder; }
        runnerUp[at] = max(known, both);
      }
    }
    if writes {
      let found = eight[at] * 8u + winner;
      index[at] = found;
      let cell = select(params.below, found, SIGNED || top > 0.0);
      if m < params.points { atomicAdd(&counts[cell], 1u); }
    }
  }
}
` as string,
} as const;

export const flipsMerge = {
  name: "flipsMerge",
  constants: { RUNNER_UP: false },
  params: { count: "u32", slots: "u32" },
  buffers: { eight: "read_write", best: "read_write", other: "read_write", otherEight: "read_write" },
  textures: [],
  dtypes: { eight: "u32", best: "f32", other: "f32", otherEight: "u32" },
  flops: (): number => 0,
  code: `const RUNNER_UP: bool = false; //@constant
struct Params {
  count: u32,
  slots: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> eight: array<u32>;
@group(0) @binding(2) var<storage, read_write> best: array<f32>;
@group(0) @binding(3) var<storage, read_write> other: array<f32>;
@group(0) @binding(4) var<storage, read_write> otherEight: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 64u + thread;
  if i >= params.count { return; }
  var top = best[i];
  var winner = eight[i];
  var next = -3.4e38;
  var second = 0xffffffffu;
  if RUNNER_UP {
    next = other[i];
    second = otherEight[i];
  }
  for (var s = 1u; s < params.slots; s++) {
    let at = s * params.count + i;
    let greater = best[at] > top;
    if RUNNER_UP {
      let loser = select(best[at], top, greater);
      let lost = select(eight[at], winner, greater);
      let third = select(next, other[at], greater);
      let known = select(second, otherEight[at], greater);
      let ahead = select(loser > third, loser >= third, greater);
      next = select(third, loser, ahead);
      second = select(known, lost, ahead);
    }
    winner = select(winner, eight[at], greater);
    top = select(top, best[at], greater);
  }
  eight[i] = winner;
  best[i] = top;
  if RUNNER_UP {
    other[i] = next;
    otherEight[i] = second;
  }
}
` as string,
} as const;

export const flipsPortable = {
  name: "flipsPortable",
  constants: { KU: 1, BLOCKS: 4, RUNNER_UP: false },
  params: { points: "u32", tiles: "u32", depth: "u32", patterns: "u32", base: "u32", shares: "u32", slot: "u32" },
  buffers: { y: "read", h: "read", x: "read", eight: "read_write", best: "read_write", other: "read_write", otherEight: "read_write" },
  textures: [],
  dtypes: { y: "f32", h: "f32", x: "f32", eight: "u32", best: "f32", other: "f32", otherEight: "u32" },
  flops: ({ points, tiles, depth, patterns }: { points: number; tiles: number; depth: number; patterns: number }): number => 32 * points * tiles * (2 * depth + patterns),
  code: `const KU: i32 = 1; //@constant
const BLOCKS: i32 = 4; //@constant
const HALF = BLOCKS / 2;
const R = HALF;
const Q = 2 * R;
const RUNNER_UP: bool = false; //@constant
struct Params {
  points: u32,
  tiles: u32,
  depth: u32,
  patterns: u32,
  base: u32,
  shares: u32,
  slot: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> eight: array<u32>;
@group(0) @binding(5) var<storage, read_write> best: array<f32>;
@group(0) @binding(6) var<storage, read_write> other: array<f32>;
@group(0) @binding(7) var<storage, read_write> otherEight: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let m = group.x * 64u + thread;
  if m >= (params.points + 31u) / 32u * 32u { return; }
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
` as string,
} as const;

export const flipsSubgroup = {
  name: "flipsSubgroup",
  constants: { KU: 1, BLOCKS: 4, RUNNER_UP: false, SIGNED: true },
  params: { points: "u32", tiles: "u32", depth: "u32", patterns: "u32", base: "u32", shares: "u32", slot: "u32" },
  buffers: { y: "read", h: "read", x: "read", eight: "read_write", best: "read_write", other: "read_write", otherEight: "read_write" },
  textures: ["y", "x"],
  dtypes: { y: "f32", h: "f32", x: "f32", eight: "u32", best: "f32", other: "f32", otherEight: "u32" },
  flops: ({ points, tiles, depth, patterns }: { points: number; tiles: number; depth: number; patterns: number }): number => 32 * points * tiles * (2 * depth + patterns),
  code: `enable subgroups;
const TM: i32 = 32;
const KU: i32 = 1; //@constant
const BLOCKS: i32 = 4; //@constant
const HALF = BLOCKS / 2;
const R = HALF;
const Q = 2 * R;
const LEAST = i32(-2147483648);
const MOST = i32(2147483647);
const RUNNER_UP: bool = false; //@constant
const SIGNED: bool = true; //@constant
struct Params {
  points: u32,
  tiles: u32,
  depth: u32,
  patterns: u32,
  base: u32,
  shares: u32,
  slot: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read_write> eight: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> best: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> other: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> otherEight: array<vec4u>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
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
          var most: array<vec4i, 4>;
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
` as string,
} as const;

export const gather = {
  name: "gather",
  constants: { RUN: 16 },
  params: { count: "u32", rows: "u32", length: "u32", inner: "u32", missing: "f32" },
  buffers: { x: "read", index: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", index: "f32", y: "f32" },
  flops: (): number => 0,
  code: `const RUN: u32 = 16; //@constant
struct Params {
  count: u32,
  rows: u32,
  length: u32,
  inner: u32,
  missing: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
fn wholeBits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  return select(bits, 0u, bits == 0x80000000u);
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (group.y * 32768u + group.x) * 64u + thread;
  if t >= params.count { return; }
  let runs = (params.inner + RUN - 1u) / RUN;
  let row = t / runs;
  let first = (t - row * runs) * RUN;
  let o = row / params.length;
  let v = index[row - o * params.length];
  let r = min(u32(v), params.rows - 1u);
  let there = bitcast<u32>(f32(r)) == wholeBits(v);
  let source = (o * params.rows + r) * params.inner + first;
  let destination = row * params.inner + first;
  for (var j = 0u; j < min(RUN, params.inner - first); j++) {
    y[destination + j] = select(params.missing, x[source + j], there);
  }
}
` as string,
} as const;

export const im2col = {
  name: "im2col",
  constants: { WORKGROUP_SIZE: 64 },
  params: { rows: "i32", chunk: "i32", pitch: "i32", first: "i32", lh: "i32", lw: "i32", c: "i32", sh: "i32", sw: "i32", kh: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: (): number => 0,
  code: `const WORKGROUP_SIZE: i32 = 64; //@constant
struct Params {
  rows: i32,
  chunk: i32,
  pitch: i32,
  first: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let start = (i32(group.y) * 32768 + i32(group.x)) * params.chunk;
  for (var row = start + i32(thread); row < min(start + params.chunk, params.rows); row += WORKGROUP_SIZE) {
    copy_row(row);
  }
}
fn copy_row(row: i32) {
  let pixel = row / params.kh;
  let oy = (pixel / params.sw) % params.sh;
  let ox = pixel % params.sw;
  let iy = oy * params.strideY + row % params.kh - params.padY;
  let image = params.first + pixel / (params.sw * params.sh);
  let start = (image * params.lh + iy) * params.lw;
  var at = pixel * params.pitch + row % params.kh * params.kw * params.c;
  for (var kx = 0; kx < params.kw; kx++) {
    let ix = ox * params.strideX + kx - params.padX;
    let inside = iy >= 0 && iy < params.lh && ix >= 0 && ix < params.lw;
    for (var c = 0; c < params.c; c++) {
      y[at] = select(0.0, x[select(0, (start + ix) * params.c + c, inside)], inside);
      at++;
    }
  }
}
` as string,
} as const;

export const lanes = {
  name: "lanes",
  constants: {},
  params: { count: "u32" },
  buffers: { y: "read_write" },
  textures: [],
  dtypes: { y: "u32" },
  flops: (): number => 0,
  code: `enable subgroups;
struct Params {
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(8)
fn main(
  @builtin(local_invocation_index) i: u32,
  @builtin(subgroup_size) size: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  if i < params.count { y[i] = 256u * size + lane; }
}
` as string,
} as const;

export const links = {
  name: "links",
  constants: {},
  params: { rows: "u32", length: "u32" },
  buffers: { index: "read", links: "read_write" },
  textures: [],
  dtypes: { index: "f32", links: "u32" },
  flops: (): number => 0,
  code: `struct Params {
  rows: u32,
  length: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> index: array<f32>;
@group(0) @binding(2) var<storage, read_write> links: array<u32>;
fn wholeBits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  return select(bits, 0u, bits == 0x80000000u);
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = (group.y * 32768u + group.x) * 64u + thread;
  if r >= params.rows { return; }
  let bits = bitcast<u32>(f32(r));
  var last = r;
  for (var k = 0u; k < params.length; k++) {
    if wholeBits(index[k]) == bits {
      links[last] = k;
      last = params.rows + k;
    }
  }
  links[last] = params.length;
}
` as string,
} as const;

export const logSoftmax = {
  name: "logSoftmax",
  constants: {},
  params: { rows: "u32", channels: "u32", inner: "u32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: ({ rows, channels }: { rows: number; channels: number }): number => rows * (4 * channels + 1),
  code: `struct Params {
  rows: u32,
  channels: u32,
  inner: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = (group.y * 32768u + group.x) * 64u + thread;
  if row >= params.rows { return; }
  let inner = params.inner;
  let o = row / inner;
  let start = o * params.channels * inner + (row - o * inner);
  let end = start + params.channels * inner;
  var most = x[start];
  for (var i = start + inner; i < end; i += inner) { most = select(most, x[i], x[i] > most); }
  var total = 0.0;
  for (var i = start; i < end; i += inner) { total += exp(x[i] - most); }
  let shift = log(total);
  for (var i = start; i < end; i += inner) { y[i] = (x[i] - most) - shift; }
}
` as string,
} as const;

export const loss = {
  name: "loss",
  constants: { WORKGROUP_SIZE: 64, FUNCTION: 0 },
  params: { size: "u32", chunk: "u32", rate: "f32" },
  buffers: { x: "read", t: "read", partial: "read_write" },
  textures: [],
  dtypes: { x: "f32", t: "f32", partial: "f32" },
  flops: ({ size }: { size: number }): number => 8 * size,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
const FUNCTION: i32 = 0; //@constant
struct Params {
  size: u32,
  chunk: u32,
  rate: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> t: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let vectors = (params.size + 3u) / 4u;
  let workgroup = group.y * 32768u + group.x;
  let first = workgroup * params.chunk;
  if first >= vectors { return; }
  let whole = params.size / 4u;
  let last = min(first + params.chunk, vectors);
  var total = vec4f();
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let terms = loss(x[i], t[i]);
    if i < whole {
      total += terms;
    } else {
      total += select(vec4f(), terms, vec4u(0u, 1u, 2u, 3u) < vec4u(params.size % 4u));
    }
  }
  partial[workgroup * WORKGROUP_SIZE + thread] = params.rate * ((total.x + total.y) + (total.z + total.w));
}
fn loss(x: vec4f, t: vec4f) -> vec4f {
  switch FUNCTION {
    case 0: {
      let off = select(t, 1.0 - t, x > vec4f());
      return weigh(off, abs(x)) + log(1.0 + exp(-abs(x)));
    }
    case 1: { return (x - t) * (x - t); }
    default: { return abs(x - t); }
  }
}
fn weigh(a: vec4f, b: vec4f) -> vec4f {
  let infinite = (bitcast<vec4u>(b) & vec4u(0x7fffffffu)) == vec4u(0x7f800000u);
  return select(a * b, vec4f(), (a == vec4f()) & infinite);
}
` as string,
} as const;

export const lossGradient = {
  name: "lossGradient",
  constants: { WORKGROUP_SIZE: 64, FUNCTION: 0 },
  params: { vectors: "u32", chunk: "u32", rate: "f32" },
  buffers: { dy: "read", x: "read", t: "read", y: "read_write" },
  textures: [],
  dtypes: { dy: "f32", x: "f32", t: "f32", y: "f32" },
  flops: ({ vectors }: { vectors: number }): number => 8 * vectors,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
const FUNCTION: i32 = 0; //@constant
struct Params {
  vectors: u32,
  chunk: u32,
  rate: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> t: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let rate = params.rate * dy[0];
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    y[i] = rate * slope(x[i], t[i]);
  }
}
fn slope(x: vec4f, t: vec4f) -> vec4f {
  switch FUNCTION {
    case 0: { return 1.0 / (1.0 + exp(-x)) - t; }
    case 1: { return 2.0 * (x - t); }
    default: {
      let d = x - t;
      return select(select(d, vec4f(1.0), d > vec4f()), vec4f(-1.0), d < vec4f());
    }
  }
}
` as string,
} as const;

export const matmulPortable = {
  name: "matmulPortable",
  constants: { ROWS: 8, COLUMNS: 2 },
  params: { m: "i32", n: "i32", k: "i32", kChunk: "i32", am: "i32", ak: "i32", az: "i32", a0: "i32", bk: "i32", bn: "i32", bz: "i32", b0: "i32", y0: "i32", pitchY: "i32" },
  buffers: { a: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { a: "f32", b: "f32", y: "f32" },
  flops: ({ m, n, k, kChunk }: { m: number; n: number; k: number; kChunk: number }, [, , gz]: Workgroups): number => 2 * m * n * k * (kChunk < k ? 1 : gz),
  code: `const ROWS: i32 = 8; //@constant
const COLUMNS: i32 = 2; //@constant
struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  am: i32,
  ak: i32,
  az: i32,
  a0: i32,
  bk: i32,
  bn: i32,
  bz: i32,
  b0: i32,
  y0: i32,
  pitchY: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let m0 = (i32(group.y) * 8 + i32(local.y)) * ROWS;
  let n0 = i32(group.x) * 32 * COLUMNS + i32(local.x);
  let z = i32(group.z);
  if m0 >= params.m || n0 >= params.n { return; }
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let pa = params.a0 + select(z, 0, split) * params.az;
  let pb = params.b0 + select(z, 0, split) * params.bz;
  var rows: array<i32, ROWS>;
  var columns: array<vec4i, COLUMNS>;
  for (var i = 0; i < ROWS; i++) { //@unroll
    rows[i] = pa + params.am * min(m0 + i, params.m - 1);
  }
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    columns[j] = pb + params.bn * min(n0 + 32 * j + vec4i(0, 8, 16, 24), vec4i(params.n - 1));
  }
  var acc: array<vec4f, ROWS * COLUMNS>;
  for (var k = first; k < last; k++) {
    var bv: array<vec4f, COLUMNS>;
    for (var j = 0; j < COLUMNS; j++) { //@unroll
      let at = columns[j] + k * params.bk;
      bv[j] = vec4f(b[at.x], b[at.y], b[at.z], b[at.w]);
    }
    for (var i = 0; i < ROWS; i++) { //@unroll
      let av = a[rows[i] + k * params.ak];
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        acc[i * COLUMNS + j] += av * bv[j];
      }
    }
  }
  for (var i = 0; i < ROWS; i++) { //@unroll
    if m0 + i < params.m {
      let row = params.y0 + (z * params.m + m0 + i) * params.pitchY;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        for (var c = 0; c < 4; c++) { //@unroll
          let n = n0 + 32 * j + 8 * c;
          if n < params.n { y[row + n] = acc[i * COLUMNS + j][c]; }
        }
      }
    }
  }
}
` as string,
} as const;

export const matmulQuads = {
  name: "matmulQuads",
  constants: { TM: 16, COLUMNS: 8, MASK: true },
  params: { m: "i32", n: "i32", k: "i32", kChunk: "i32", am: "i32", ak: "i32", az: "i32", a0: "i32", bk: "i32", bn: "i32", bz: "i32", b0: "i32", y0: "i32", pitchY: "i32" },
  buffers: { a: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { a: "f32", b: "f32", y: "f32" },
  flops: ({ m, n, k, kChunk }: { m: number; n: number; k: number; kChunk: number }, [, , gz]: Workgroups): number => 2 * m * n * k * (kChunk < k ? 1 : gz),
  code: `enable subgroups;
const TM: i32 = 16; //@constant
const COLUMNS: i32 = 8; //@constant
const MASK: bool = true; //@constant
struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  am: i32,
  ak: i32,
  az: i32,
  a0: i32,
  bk: i32,
  bn: i32,
  bz: i32,
  b0: i32,
  y0: i32,
  pitchY: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let n0 = i32(group.y) * (4 * COLUMNS) + l;
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let pa = params.a0 + select(z, 0, split) * params.az;
  let pb = params.b0 + select(z, 0, split) * params.bz;
  var rows: array<i32, TM / 4>;
  for (var q = 0; q < TM / 4; q++) { //@unroll
    rows[q] = pa + params.am * min(m0 + 4 * q + l, params.m - 1);
  }
  var columns: array<i32, COLUMNS>;
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    columns[j] = pb + params.bn * min(n0 + 4 * j, params.n - 1);
  }
  var acc: array<f32, TM * COLUMNS>;
  for (var k = first; k < last; k += 4) {
    let ks = k + vec4i(0, 1, 2, 3);
    var bv: array<vec4f, COLUMNS>;
    for (var j = 0; j < COLUMNS; j++) { //@unroll
      let at = columns[j] + ks * params.bk;
      bv[j] = vec4f(b[at.x], b[at.y], b[at.z], b[at.w]);
      if MASK { bv[j] = select(vec4f(), bv[j], ks < vec4i(last)); }
    }
    for (var q = 0; q < TM / 4; q++) { //@unroll
      let at = rows[q] + ks * params.ak;
      var av = vec4f(a[at.x], a[at.y], a[at.z], a[at.w]);
      if MASK { av = select(vec4f(), av, ks < vec4i(last)); }
      let all = array(av, quadSwapX(av), quadSwapY(av), quadSwapDiagonal(av));
      for (var i = 0; i < 4; i++) { //@unroll
        for (var j = 0; j < COLUMNS; j++) { //@unroll
          acc[(4 * q + i) * COLUMNS + j] += dot(all[i], bv[j]);
        }
      }
    }
  }
  for (var i = 0; i < TM; i++) { //@unroll
    let m = m0 + (i ^ l);
    if m < params.m {
      let row = params.y0 + (z * params.m + m) * params.pitchY + n0;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        if n0 + 4 * j < params.n { y[row + 4 * j] = acc[i * COLUMNS + j]; }
      }
    }
  }
}
` as string,
} as const;

export const matmulSubgroup = {
  name: "matmulSubgroup",
  constants: { AK: true, BK: false, MASK: false, TM: 16 },
  params: { m: "i32", n: "i32", k: "i32", kChunk: "i32", pitchA: "i32", az: "i32", a0: "i32", pitchB: "i32", bz: "i32", b0: "i32", pitchY: "i32", y0: "i32" },
  buffers: { a: "read", b: "read", y: "read_write" },
  textures: ["a", "b"],
  dtypes: { a: "f32", b: "f32", y: "f32" },
  flops: ({ m, n, k, kChunk }: { m: number; n: number; k: number; kChunk: number }, [, , gz]: Workgroups): number => 2 * m * n * k * (kChunk < k ? 1 : gz),
  code: `enable subgroups;
const AK: bool = true; //@constant
const BK: bool = false; //@constant
const MASK: bool = false; //@constant
const TM: i32 = 16; //@constant
const S = 8;
const BAND = 8;
const AV = (TM + S - 1) / S;
struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  pitchA: i32,
  az: i32,
  a0: i32,
  pitchB: i32,
  bz: i32,
  b0: i32,
  pitchY: i32,
  y0: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var a: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var b: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
fn steps(along: bool, k: i32, step: i32) -> vec4i {
  return select(vec4i(k + step), k + vec4i(0, 1, 2, 3), along);
}
@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let n0 = i32(group.y) * S + l;
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let batch = select(z, 0, split);
  var acc: array<vec4f, TM>;
  var av: array<vec4f, AV>;
  var bv: array<vec4f, 4>;
  var pa: array<i32, AV>;
  var pb: array<i32, 4>;
  var x: mat4x4f;
  for (var i = 0; i < AV; i++) { //@unroll
    pa[i] = params.a0 + batch * params.az;
    if (AK) {
      pa[i] += (m0 + i * S + l) * params.pitchA + first / 4;
    } else {
      let e = i * S + l;
      pa[i] += (first + e / (TM / 4)) * params.pitchA + m0 / 4 + e % (TM / 4);
    }
  }
  for (var i = 0; i < 4; i++) { //@unroll
    pb[i] = params.b0 + batch * params.bz;
    if (BK) {
      pb[i] += (4 * n0 + i) * params.pitchB + first / 4;
    } else {
      pb[i] += (first + i) * params.pitchB + n0;
    }
  }
  let stepA = select(4 * params.pitchA, 1, AK);
  let stepB = select(4 * params.pitchB, 1, BK);
  for (var k = first; k < last; k += 4) {
    for (var i = 0; i < AV; i++) { //@unroll
      av[i] = textureLoad(a, texel(pa[i]));
      pa[i] += stepA;
      if (MASK) { av[i] = select(vec4f(), av[i], steps(AK, k, (i * S + l) / (TM / 4)) < vec4i(last)); }
    }
    for (var i = 0; i < 4; i++) { //@unroll
      bv[i] = textureLoad(b, texel(pb[i]));
      pb[i] += stepB;
      if (MASK) { bv[i] = select(vec4f(), bv[i], steps(BK, k, i) < vec4i(last)); }
    }
    var c = mat4x4f(bv[0], bv[1], bv[2], bv[3]);
    if (BK) { c = transpose(c); }
    for (var i = 0; i < TM / 4; i++) { //@unroll
      for (var j = 0; j < 4; j++) { //@unroll
        if (AK) {
          x[j] = subgroupShuffle(av[(4 * i + j) / S], u32((4 * i + j) % S));
        } else {
          x[j] = subgroupShuffle(av[(j * (TM / 4) + i) / S], u32((j * (TM / 4) + i) % S));
        }
      }
      if (!AK) { x = transpose(x); }
      for (var j = 0; j < 4; j++) { //@unroll
        acc[4 * i + j] += x[j][0] * c[0] + x[j][1] * c[1] + x[j][2] * c[2] + x[j][3] * c[3];
      }
    }
  }
  if (4 * n0 < params.n) {
    let yz = params.y0 + z * params.m * params.pitchY + n0;
    let end = min(params.m, m0 + TM);
    for (var row = m0; row < end; row += BAND) {
      for (var i = 0; i < BAND; i++) { //@unroll
        if (row + i < end) { y[yz + (row + i) * params.pitchY] = acc[i]; }
      }
      for (var i = 0; i < TM - BAND; i++) { //@unroll
        acc[i] = acc[i + BAND];
      }
    }
  }
}
` as string,
} as const;

export const matmulTiled = {
  name: "matmulTiled",
  constants: { TM: 64, TN: 64, TK: 8, RM: 8, RN: 8, KU: 4, A_ALONG_K: true, B_ALONG_K: false },
  params: { m: "i32", n: "i32", k: "i32", kChunk: "i32", am: "i32", ak: "i32", az: "i32", a0: "i32", bk: "i32", bn: "i32", bz: "i32", b0: "i32", y0: "i32", pitchY: "i32" },
  buffers: { a: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { a: "f32", b: "f32", y: "f32" },
  flops: ({ m, n, k, kChunk }: { m: number; n: number; k: number; kChunk: number }, [, , gz]: Workgroups): number => 2 * m * n * k * (kChunk < k ? 1 : gz),
  code: `const TM: i32 = 64; //@constant
const TN: i32 = 64; //@constant
const TK: i32 = 8; //@constant
const RM: i32 = 8; //@constant
const RN: i32 = 8; //@constant
const KU: i32 = 4; //@constant
const A_ALONG_K: bool = true; //@constant
const B_ALONG_K: bool = false; //@constant
const X = TN / RN;
const Y = TM / RM;
const T = X * Y;
const GA = TM / 4;
const GB = TN / 4;
const PA = GA + 1;
const PB = GB + 1;
const SA = TK * TM / 4 / T;
const SB = TK * TN / 4 / T;
const QA = RM / 4;
const QB = RN / 4;
struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  am: i32,
  ak: i32,
  az: i32,
  a0: i32,
  bk: i32,
  bn: i32,
  bz: i32,
  b0: i32,
  y0: i32,
  pitchY: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
var<workgroup> tileA: array<vec4f, 2 * TK * PA>;
var<workgroup> tileB: array<vec4f, 2 * TK * PB>;
@compute @workgroup_size(X, Y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let tx = i32(local.x);
  let ty = i32(local.y);
  let t = local.y * u32(X) + local.x;
  let m0 = i32(group.y) * TM;
  let n0 = i32(group.x) * TN;
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let pa = params.a0 + select(z, 0, split) * params.az;
  let pb = params.b0 + select(z, 0, split) * params.bz;
  var ka: array<i32, SA>;
  var kb: array<i32, SB>;
  var slotA: array<i32, SA>;
  var slotB: array<i32, SB>;
  var rows: array<vec4i, SA>;
  var columns: array<vec4i, SB>;
  for (var s = 0; s < SA; s++) { //@unroll
    let q = t + u32(s * T);
    ka[s] = i32(select(q / u32(GA), q % u32(TK), A_ALONG_K));
    let g = i32(select(q % u32(GA), q / u32(TK), A_ALONG_K));
    slotA[s] = ka[s] * PA + g;
    rows[s] = pa + params.am * min(m0 + g + GA * vec4i(0, 1, 2, 3), vec4i(params.m - 1));
  }
  for (var s = 0; s < SB; s++) { //@unroll
    let q = t + u32(s * T);
    kb[s] = i32(select(q / u32(GB), q % u32(TK), B_ALONG_K));
    let g = i32(select(q % u32(GB), q / u32(TK), B_ALONG_K));
    slotB[s] = kb[s] * PB + g;
    columns[s] = pb + params.bn * min(n0 + g + GB * vec4i(0, 1, 2, 3), vec4i(params.n - 1));
  }
  var acc: array<vec4f, RM * QB>;
  var nextA: array<vec4f, SA>;
  var nextB: array<vec4f, SB>;
  let steps = (max(0, last - first) + TK - 1) / TK;
  for (var step = 0; step <= steps; step++) {
    let k = first + step * TK;
    if step < steps {
      for (var s = 0; s < SA; s++) { //@unroll
        let at = rows[s] + params.ak * min(k + ka[s], last - 1);
        nextA[s] = select(vec4f(), vec4f(a[at.x], a[at.y], a[at.z], a[at.w]), k + ka[s] < last);
      }
      for (var s = 0; s < SB; s++) { //@unroll
        let at = columns[s] + params.bk * min(k + kb[s], last - 1);
        nextB[s] = select(vec4f(), vec4f(b[at.x], b[at.y], b[at.z], b[at.w]), k + kb[s] < last);
      }
    }
    if step > 0 {
      var ra = ((step + 1) % 2) * (TK * PA) + ty;
      var rb = ((step + 1) % 2) * (TK * PB) + tx;
      for (var kk = 0; kk < TK; kk += KU) {
        for (var u = 0; u < KU; u++) { //@unroll
          var av: array<vec4f, QA>;
          var bv: array<vec4f, QB>;
          for (var i = 0; i < QA; i++) { //@unroll
            av[i] = tileA[ra + u * PA + i * Y];
          }
          for (var j = 0; j < QB; j++) { //@unroll
            bv[j] = tileB[rb + u * PB + j * X];
          }
          for (var i = 0; i < RM; i++) { //@unroll
            for (var j = 0; j < QB; j++) { //@unroll
              acc[i * QB + j] = fma(vec4f(av[i / 4][i % 4]), bv[j], acc[i * QB + j]);
            }
          }
        }
        ra += KU * PA;
        rb += KU * PB;
      }
    }
    if step < steps {
      for (var s = 0; s < SA; s++) { //@unroll
        tileA[(step % 2) * (TK * PA) + slotA[s]] = nextA[s];
      }
      for (var s = 0; s < SB; s++) { //@unroll
        tileB[(step % 2) * (TK * PB) + slotB[s]] = nextB[s];
      }
    }
    workgroupBarrier();
  }
  let yz = params.y0 + z * params.m * params.pitchY;
  for (var i = 0; i < RM; i++) { //@unroll
    let m = m0 + (i % 4) * GA + (i / 4) * Y + ty;
    if m < params.m {
      for (var j = 0; j < QB; j++) { //@unroll
        for (var c = 0; c < 4; c++) { //@unroll
          let n = n0 + c * GB + j * X + tx;
          if n < params.n { y[yz + m * params.pitchY + n] = acc[i * QB + j][c]; }
        }
      }
    }
  }
}
` as string,
} as const;

export const move = {
  name: "move",
  constants: { AXES: 3, RUN: 16, FILL: false },
  params: { count: "i32", value: "f32", xStart: "i32", yStart: "i32", n0: "i32", n1: "i32", n2: "i32", n3: "i32", n4: "i32", n5: "i32", x0: "i32", x1: "i32", x2: "i32", x3: "i32", x4: "i32", x5: "i32", y0: "i32", y1: "i32", y2: "i32", y3: "i32", y4: "i32", y5: "i32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: (): number => 0,
  code: `const AXES: i32 = 3; //@constant
const RUN: i32 = 16; //@constant
const FILL: bool = false; //@constant
struct Params {
  count: i32,
  value: f32,
  xStart: i32,
  yStart: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  n4: i32,
  n5: i32,
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
  x4: i32,
  x5: i32,
  y0: i32,
  y1: i32,
  y2: i32,
  y3: i32,
  y4: i32,
  y5: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread);
  if t >= params.count { return; }
  let n = array<i32, 6>(params.n0, params.n1, params.n2, params.n3, params.n4, params.n5);
  let xs = array<i32, 6>(params.x0, params.x1, params.x2, params.x3, params.x4, params.x5);
  let ys = array<i32, 6>(params.y0, params.y1, params.y2, params.y3, params.y4, params.y5);
  let runs = (params.n0 + RUN - 1) / RUN;
  var rest = t / runs;
  let first = (t - rest * runs) * RUN;
  var source = params.xStart + first * params.x0;
  var destination = params.yStart + first * params.y0;
  for (var a = 1; a < AXES - 1; a++) { //@unroll
    let outer = rest / n[a];
    let i = rest - outer * n[a];
    source += i * xs[a];
    destination += i * ys[a];
    rest = outer;
  }
  source += rest * xs[AXES - 1];
  destination += rest * ys[AXES - 1];
  for (var j = 0; j < min(RUN, params.n0 - first); j++) {
    if (FILL) {
      y[destination] = params.value;
    } else {
      y[destination] = x[source];
    }
    source += params.x0;
    destination += params.y0;
  }
}
` as string,
} as const;

export const peak = {
  name: "peak",
  constants: { WORKGROUP_SIZE: 8 },
  params: { threads: "u32", turns: "u32", c: "f32" },
  buffers: { y: "read_write" },
  textures: [],
  dtypes: { y: "f32" },
  flops: ({ threads, turns }: { threads: number; turns: number }): number => 640 * turns * threads,
  code: `const WORKGROUP_SIZE: u32 = 8; //@constant
const STEPS = 32;
struct Params {
  threads: u32,
  turns: u32,
  c: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= params.threads { return; }
  let c = params.c;
  var r = vec4f(f32(id.x % 8u)) / 16.0;
  var s = r + 0.1;
  var t = r.xy + 0.2;
  for (var i = 0u; i < params.turns; i++) {
    for (var step = 0; step < STEPS; step++) { //@unroll
      let first = r.x;
      r = r * vec4f(r.yzw, s.x) + c;
      s = s * vec4f(s.yzw, t.x) + c;
      t = t * vec2f(t.y, first) + c;
    }
  }
  let sum = r + s;
  y[id.x] = sum.x + sum.y + sum.z + sum.w + t.x + t.y;
}
` as string,
} as const;

export const poolDown = {
  name: "poolDown",
  constants: { RUN: 16 },
  params: { batch: "i32", lh: "i32", lw: "i32", c: "i32", sh: "i32", sw: "i32", kh: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32", mean: "i32" },
  buffers: { x: "read", index: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", index: "f32", y: "f32" },
  flops: ({ batch, c, sh, sw, kh, kw, mean }: { batch: number; c: number; sh: number; sw: number; kh: number; kw: number; mean: number }): number => mean * batch * sh * sw * c * kh * kw,
  code: `const RUN: i32 = 16; //@constant
struct Params {
  batch: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
  mean: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
fn inside(o: i32, stride: i32, pad: i32, k: i32, length: i32) -> vec2i {
  let start = o * stride - pad;
  return vec2i(max(0, -start), min(k, length - start));
}
fn runOf(t: i32, width: i32) -> vec4i {
  let values = width * params.c;
  let runs = (values + RUN - 1) / RUN;
  let row = t / runs;
  let first = (t - row * runs) * RUN;
  let pixel = first / params.c;
  return vec4i(row, pixel, first - pixel * params.c, values - first);
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = runOf((i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread), params.sw);
  let b = run.x / params.sh;
  if b >= params.batch { return; }
  let oy = run.x - b * params.sh;
  let startY = oy * params.strideY - params.padY;
  let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
  var ox = run.y;
  var c = run.z;
  var at = (run.x * params.sw + ox) * params.c + c;
  for (var j = 0; j < min(RUN, run.w); j++) {
    let startX = ox * params.strideX - params.padX;
    if params.mean == 1 {
      y[at] = mean(lines, b * params.lh + startY, ox, c);
    } else {
      let tap = i32(index[at]);
      var ky = 0;
      if params.kh > 1 { ky = tap / params.kw; }
      let iy = clamp(startY + ky, 0, params.lh - 1);
      let ix = clamp(startX + tap - ky * params.kw, 0, params.lw - 1);
      y[at] = x[((b * params.lh + iy) * params.lw + ix) * params.c + c];
    }
    at++;
    c++;
    if c == params.c {
      c = 0;
      ox++;
    }
  }
}
fn mean(lines: vec2i, top: i32, ox: i32, c: i32) -> f32 {
  let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
  let left = ox * params.strideX - params.padX;
  var sum = 0.0;
  for (var ky = lines.x; ky < lines.y; ky++) {
    var at = ((top + ky) * params.lw + left + taps.x) * params.c + c;
    for (var kx = taps.x; kx < taps.y; kx++) {
      sum += x[at];
      at += params.c;
    }
  }
  return sum / f32((lines.y - lines.x) * (taps.y - taps.x));
}
` as string,
} as const;

export const poolIndex = {
  name: "poolIndex",
  constants: { LEAST: false, RUN: 16 },
  params: { batch: "i32", lh: "i32", lw: "i32", c: "i32", sh: "i32", sw: "i32", kh: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32" },
  buffers: { x: "read", index: "read_write" },
  textures: [],
  dtypes: { x: "f32", index: "f32" },
  flops: (): number => 0,
  code: `const LEAST: bool = false; //@constant
const RUN: i32 = 16; //@constant
struct Params {
  batch: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> index: array<f32>;
fn inside(o: i32, stride: i32, pad: i32, k: i32, length: i32) -> vec2i {
  let start = o * stride - pad;
  return vec2i(max(0, -start), min(k, length - start));
}
fn runOf(t: i32, width: i32) -> vec4i {
  let values = width * params.c;
  let runs = (values + RUN - 1) / RUN;
  let row = t / runs;
  let first = (t - row * runs) * RUN;
  let pixel = first / params.c;
  return vec4i(row, pixel, first - pixel * params.c, values - first);
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = runOf((i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread), params.sw);
  let b = run.x / params.sh;
  if b >= params.batch { return; }
  let oy = run.x - b * params.sh;
  let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
  let top = b * params.lh + oy * params.strideY - params.padY;
  var ox = run.y;
  var c = run.z;
  var at = (run.x * params.sw + ox) * params.c + c;
  for (var j = 0; j < min(RUN, run.w); j++) {
    index[at] = f32(search(lines, top, ox, c));
    at++;
    c++;
    if c == params.c {
      c = 0;
      ox++;
    }
  }
}
fn search(lines: vec2i, top: i32, ox: i32, c: i32) -> i32 {
  let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
  let left = ox * params.strideX - params.padX;
  var best = 0.0;
  var found = -1;
  var nan = false;
  for (var ky = lines.x; ky < lines.y; ky++) {
    var at = ((top + ky) * params.lw + left + taps.x) * params.c + c;
    for (var kx = taps.x; kx < taps.y; kx++) {
      let v = x[at];
      if found < 0 || (!nan && (isNan(v) || beats(v, best))) {
        best = v;
        found = ky * params.kw + kx;
        nan = isNan(v);
      }
      at += params.c;
    }
  }
  return found;
}
fn beats(v: f32, best: f32) -> bool {
  if (LEAST) { return v < best; }
  return v > best;
}
fn isNan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}
` as string,
} as const;

export const poolUp = {
  name: "poolUp",
  constants: { RUN: 16 },
  params: { batch: "i32", lh: "i32", lw: "i32", c: "i32", sh: "i32", sw: "i32", kh: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32", mean: "i32" },
  buffers: { x: "read", index: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", index: "f32", y: "f32" },
  flops: ({ batch, c, sh, sw, kh, kw, mean }: { batch: number; c: number; sh: number; sw: number; kh: number; kw: number; mean: number }): number => mean * batch * sh * sw * c * kh * kw,
  code: `const RUN: i32 = 16; //@constant
struct Params {
  batch: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
  mean: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
fn inside(o: i32, stride: i32, pad: i32, k: i32, length: i32) -> vec2i {
  let start = o * stride - pad;
  return vec2i(max(0, -start), min(k, length - start));
}
fn runOf(t: i32, width: i32) -> vec4i {
  let values = width * params.c;
  let runs = (values + RUN - 1) / RUN;
  let row = t / runs;
  let first = (t - row * runs) * RUN;
  let pixel = first / params.c;
  return vec4i(row, pixel, first - pixel * params.c, values - first);
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = runOf((i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread), params.lw);
  let b = run.x / params.lh;
  if b >= params.batch { return; }
  let line = run.x - b * params.lh + params.padY;
  let last = vec2i((run.y + params.padX) / params.strideX, line / params.strideY);
  var ox = last.x;
  var tap = vec2i(run.y + params.padX, line) - last * vec2i(params.strideX, params.strideY);
  var c = run.z;
  var at = (run.x * params.lw + run.y) * params.c + c;
  for (var j = 0; j < min(RUN, run.w); j++) {
    y[at] = total(b, vec2i(ox, last.y), tap, c);
    at++;
    c++;
    if c == params.c {
      c = 0;
      tap.x++;
      if tap.x == params.strideX {
        tap.x = 0;
        ox++;
      }
    }
  }
}
fn total(b: i32, last: vec2i, tap: vec2i, c: i32) -> f32 {
  var sum = 0.0;
  var oy = last.y;
  for (var ky = tap.y; ky < params.kh && oy >= 0; ky += params.strideY) {
    let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
    var ox = last.x;
    for (var kx = tap.x; kx < params.kw && ox >= 0; kx += params.strideX) {
      if oy < params.sh && ox < params.sw {
        let at = ((b * params.sh + oy) * params.sw + ox) * params.c + c;
        if params.mean == 1 {
          let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
          sum += x[at] / f32((lines.y - lines.x) * (taps.y - taps.x));
        } else if i32(index[at]) == ky * params.kw + kx {
          sum += x[at];
        }
      }
      ox--;
    }
    oy--;
  }
  return sum;
}
` as string,
} as const;

export const random = {
  name: "random",
  constants: { DISTRIBUTION: 0 },
  params: { vectors: "u32", offset_low: "u32", offset_high: "u32", stream: "u32", purpose: "u32", seed_low: "u32", seed_high: "u32" },
  buffers: { y: "read_write" },
  textures: [],
  dtypes: { y: "u32" },
  flops: (): number => 0,
  code: `const DISTRIBUTION: i32 = 0; //@constant
struct Params {
  vectors: u32,
  offset_low: u32,
  offset_high: u32,
  stream: u32,
  purpose: u32,
  seed_low: u32,
  seed_high: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4u>;
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let middle = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (cross >> 16u) + (middle >> 16u), a * b);
}
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = multiply_wide(0xd2511f53u, c.x);
    let q = multiply_wide(0xcd9e8d57u, c.z);
    c = vec4u(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
fn uniform4(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(8u)) * 0x1p-24f;
}
fn open4(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23f;
}
fn normal4(bits: vec4u) -> vec4f {
  let u = open4(bits);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * (u.yw - 0.5);
  return vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  for (var e = 0u; e < 4u; e++) {
    let i = ((group.y * 32768u + group.x) * 4u + e) * 64u + thread;
    if i < params.vectors {
      let low = params.offset_low + i;
      let high = params.offset_high + select(0u, 1u, low < i);
      y[i] = f(philox(vec4u(low, high, params.stream, params.purpose), vec2u(params.seed_low, params.seed_high)));
    }
  }
}
fn f(bits: vec4u) -> vec4u {
  switch DISTRIBUTION {
    case 0: { return bitcast<vec4u>(uniform4(bits)); }
    case 1: { return bitcast<vec4u>(normal4(bits)); }
    default: { return bits; }
  }
}
` as string,
} as const;

export const rowsDown = {
  name: "rowsDown",
  constants: { NT: 16, STEP: 2, LEAD: 1, TAPS: 3 },
  params: { units: "i32", firstUnit: "i32", groups: "i32", kh: "i32", kc: "i32", strideY: "i32", padY: "i32", ih: "i32", iw4: "i32", oh: "i32", ow: "i32", n: "i32", biased: "i32", alpha: "f32" },
  buffers: { x: "read", w: "read", b: "read", y: "read_write" },
  textures: ["x", "w"],
  dtypes: { x: "f32", w: "f32", b: "f32", y: "f32" },
  flops: ({ units, firstUnit, groups, kh, kc, ow, n }: { units: number; firstUnit: number; groups: number; kh: number; kc: number; ow: number; n: number }, [gx, , ]: Workgroups): number => ((2 * Math.min(units - firstUnit, 8 * gx)) / groups) * ow * kh * kc * n,
  code: `enable subgroups;
const NT: i32 = 16; //@constant
const STEP: i32 = 2; //@constant
const LEAD: i32 = 1; //@constant
const TAPS: i32 = 3; //@constant
const S = 8;
const LEFT = (LEAD + 3) / 4;
const FIRST = 4 * LEFT - LEAD;
const XV = (FIRST + 3 * STEP + TAPS + 3) / 4;
const WV = (TAPS * NT + 4 * S - 1) / (4 * S);
struct Params {
  units: i32,
  firstUnit: i32,
  groups: i32,
  kh: i32,
  kc: i32,
  strideY: i32,
  padY: i32,
  ih: i32,
  iw4: i32,
  oh: i32,
  ow: i32,
  n: i32,
  biased: i32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.y) * NT;
  let raw = params.firstUnit + i32(group.x) * S + l;
  let unit = min(raw, params.units - 1);
  let row = unit / params.groups;
  let g = unit - row * params.groups;
  let image = row / params.oh;
  let iy0 = (row - image * params.oh) * params.strideY - params.padY;
  var acc: array<vec4f, NT>;
  let start = select(vec4f(), b[o0 / 4 + min(l, NT / 4 - 1)], params.biased == 1);
  for (var o = 0; o < NT; o++) { //@unroll
    acc[o] = vec4f(subgroupShuffle(start[o % 4], u32(o / 4)));
  }
  var xv: array<vec4f, XV>;
  var xp: array<vec4f, TAPS>;
  var wv: array<vec4f, WV>;
  var wo: array<vec4f, TAPS>;
  for (var ky = 0; ky < params.kh; ky++) {
    let iy = iy0 + ky;
    for (var i = 0; i < XV; i++) { //@unroll
      let q = g * STEP + (i - LEFT);
      let inside = iy >= 0 && iy < params.ih && q >= 0 && q < params.iw4;
      let at = select(0, (image * params.ih + iy) * params.iw4 + q, inside);
      xv[i] = select(vec4f(), textureLoad(x, texel(at)), inside);
    }
    for (var r = 0; r < WV; r++) { //@unroll
      let e = r * S + l;
      wv[r] = textureLoad(w, texel((ky * params.kc + e / (NT / 4)) * (params.n / 4) + o0 / 4 + e % (NT / 4)));
    }
    for (var j = 0; j < TAPS; j++) { //@unroll
      for (var t = 0; t < 4; t++) { //@unroll
        xp[j][t] = xv[(FIRST + t * STEP + j) / 4][(FIRST + t * STEP + j) % 4];
      }
    }
    for (var q = 0; q < NT / 4; q++) { //@unroll
      for (var j = 0; j < TAPS; j++) { //@unroll
        wo[j] = subgroupShuffle(wv[(j * (NT / 4) + q) / S], u32((j * (NT / 4) + q) % S));
      }
      for (var o = 0; o < 4; o++) { //@unroll
        var sum = vec4f();
        for (var j = 0; j < TAPS; j++) { //@unroll
          sum += wo[j][o] * xp[j];
        }
        acc[4 * q + o] += sum;
      }
    }
  }
  for (var t = 0; t < 4; t++) { //@unroll
    let ox = 4 * g + t;
    if (raw < params.units && ox < params.ow) {
      let at = ((row * params.ow + ox) * params.n + o0) / 4;
      for (var o = 0; o < NT / 4; o++) { //@unroll
        let v = vec4f(acc[4 * o][t], acc[4 * o + 1][t], acc[4 * o + 2][t], acc[4 * o + 3][t]);
        if (o0 + o * 4 < params.n) { y[at + o] = activate(v, params.alpha); }
      }
    }
  }
}
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
` as string,
} as const;

export const rowsGradient = {
  name: "rowsGradient",
  constants: { NT: 16, STEP: 2, LEAD: 1, TAPS: 3 },
  params: { rows: "i32", per: "i32", kh: "i32", kc: "i32", groups: "i32", strideY: "i32", padY: "i32", lh: "i32", lw4: "i32", sh: "i32", sw: "i32", n4: "i32" },
  buffers: { x: "read", g: "read", dw: "read_write" },
  textures: ["x", "g"],
  dtypes: { x: "f32", g: "f32", dw: "f32" },
  flops: ({ rows, kh, kc, sw, n4 }: { rows: number; kh: number; kc: number; sw: number; n4: number }): number => 8 * rows * sw * kh * kc * n4,
  code: `enable subgroups;
const NT: i32 = 16; //@constant
const STEP: i32 = 2; //@constant
const LEAD: i32 = 1; //@constant
const TAPS: i32 = 3; //@constant
const S = 8;
const LEFT = (LEAD + 3) / 4;
const FIRST = 4 * LEFT - LEAD;
const XV = (FIRST + 3 * STEP + TAPS + 3) / 4;
const N4 = NT / 4;
struct Params {
  rows: i32,
  per: i32,
  kh: i32,
  kc: i32,
  groups: i32,
  strideY: i32,
  padY: i32,
  lh: i32,
  lw4: i32,
  sh: i32,
  sw: i32,
  n4: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var g: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let ky = i32(group.x);
  let o0 = i32(group.y) * N4;
  let z = i32(group.z);
  var acc: array<vec4f, TAPS * N4>;
  var xv: array<vec4f, XV>;
  var gv: array<vec4f, 4 * N4>;
  let last = min(params.rows, (z + 1) * params.per);
  for (var first = z * params.per; first < last; first += S) {
    let live = first + l < last;
    let row = select(0, first + l, live);
    let image = row / params.sh;
    let iy = (row - image * params.sh) * params.strideY - params.padY + ky;
    for (var p = 0; p < params.groups; p++) {
      for (var i = 0; i < XV; i++) { //@unroll
        let q = p * STEP + (i - LEFT);
        let inside = iy >= 0 && iy < params.lh && q >= 0 && q < params.lw4;
        let at = select(0, (image * params.lh + iy) * params.lw4 + q, inside);
        xv[i] = select(vec4f(), textureLoad(x, texel(at)), inside);
      }
      for (var t = 0; t < 4; t++) { //@unroll
        let ox = 4 * p + t;
        let at = (row * params.sw + min(ox, params.sw - 1)) * params.n4 + o0;
        for (var q = 0; q < N4; q++) { //@unroll
          gv[t * N4 + q] = select(vec4f(), textureLoad(g, texel(at + q)), live && ox < params.sw);
        }
      }
      for (var j = 0; j < TAPS; j++) { //@unroll
        for (var q = 0; q < N4; q++) { //@unroll
          var sum = vec4f();
          for (var t = 0; t < 4; t++) { //@unroll
            sum += xv[(FIRST + t * STEP + j) / 4][(FIRST + t * STEP + j) % 4] * gv[t * N4 + q];
          }
          acc[j * N4 + q] += sum;
        }
      }
    }
  }
  let at = (((z * S + l) * params.kh + ky) * params.kc) * params.n4 + o0;
  for (var q = 0; q < N4; q++) { //@unroll
    if (o0 + q < params.n4) {
      for (var j = 0; j < TAPS; j++) { //@unroll
        dw[at + j * params.n4 + q] = acc[j * N4 + q];
      }
    }
  }
}
` as string,
} as const;

export const rowsUp = {
  name: "rowsUp",
  constants: { C: 1, STEP: 2, LEAD: 1, TAPS: 3 },
  params: { units: "i32", firstUnit: "i32", groups: "i32", kh: "i32", kc: "i32", strideY: "i32", padY: "i32", ih: "i32", iw: "i32", oh: "i32", ow4: "i32", d4: "i32", biased: "i32", alpha: "f32" },
  buffers: { x: "read", w: "read", b: "read", y: "read_write" },
  textures: ["x", "w"],
  dtypes: { x: "f32", w: "f32", b: "f32", y: "f32" },
  flops: ({ units, firstUnit, groups, kh, kc, iw, d4 }: { units: number; firstUnit: number; groups: number; kh: number; kc: number; iw: number; d4: number }, [, gy, ]: Workgroups): number => ((8 * Math.min(units - firstUnit, 8 * gy)) / groups) * iw * kh * kc * d4,
  code: `enable subgroups;
const C: i32 = 1; //@constant
const STEP: i32 = 2; //@constant
const LEAD: i32 = 1; //@constant
const TAPS: i32 = 3; //@constant
const S = 8;
const BEFORE = (TAPS - 1 - LEAD) / STEP;
const XV = BEFORE + 1 + (4 * STEP - 1 + LEAD) / STEP;
const WV = (TAPS + S - 1) / S;
struct Params {
  units: i32,
  firstUnit: i32,
  groups: i32,
  kh: i32,
  kc: i32,
  strideY: i32,
  padY: i32,
  ih: i32,
  iw: i32,
  oh: i32,
  ow4: i32,
  d4: i32,
  biased: i32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let phase = i32(group.x);
  let raw = params.firstUnit + i32(group.y) * S + l;
  let unit = min(raw, params.units - 1);
  let row = unit / params.groups;
  let g = unit - row * params.groups;
  let rows = (params.oh + params.strideY - 1) / params.strideY;
  let image = row / rows;
  let uy = row - image * rows;
  let oy = uy * params.strideY + phase;
  var acc: array<vec4f, STEP>;
  for (var e = 0; e < 4 * STEP; e++) { //@unroll
    acc[e / 4][e % 4] = select(0.0, b[e % C], params.biased == 1);
  }
  var xv: array<vec4f, XV>;
  var wv: array<vec4f, WV>;
  for (var ky = (phase + params.padY) % params.strideY; ky < params.kh; ky += params.strideY) {
    let iy = uy + (phase + params.padY - ky) / params.strideY;
    for (var k = 0; k < params.d4; k++) {
      for (var t = 0; t < XV; t++) { //@unroll
        let ix = 4 * g + (t - BEFORE);
        let inside = iy >= 0 && iy < params.ih && ix >= 0 && ix < params.iw;
        let at = select(0, ((image * params.ih + iy) * params.iw + ix) * params.d4 + k, inside);
        xv[t] = select(vec4f(), textureLoad(x, texel(at)), inside);
      }
      for (var r = 0; r < WV; r++) { //@unroll
        wv[r] = textureLoad(w, texel((ky * params.kc + min(r * S + l, TAPS - 1)) * params.d4 + k));
      }
      for (var j = 0; j < TAPS; j++) { //@unroll
        let wj = subgroupShuffle(wv[j / S], u32(j % S));
        for (var t = 0; t < XV; t++) { //@unroll
          const e = (t - BEFORE) * STEP - LEAD + j;
          const at = clamp(e, 0, 4 * STEP - 1);
          if (e == at) { acc[at / 4][at % 4] += dot(wj, xv[t]); }
        }
      }
    }
  }
  for (var i = 0; i < STEP; i++) { //@unroll
    let q = g * STEP + i;
    if (raw < params.units && oy < params.oh && q < params.ow4) {
      y[(image * params.oh + oy) * params.ow4 + q] = activate(acc[i], params.alpha);
    }
  }
}
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
` as string,
} as const;

export const scatter = {
  name: "scatter",
  constants: {},
  params: { outer: "u32", rows: "u32", length: "u32", inner: "u32" },
  buffers: { x: "read", links: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", links: "u32", y: "f32" },
  flops: ({ outer, length, inner }: { outer: number; length: number; inner: number }): number => outer * length * inner,
  code: `struct Params {
  outer: u32,
  rows: u32,
  length: u32,
  inner: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> links: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (group.y * 32768u + group.x) * 64u + thread;
  let row = t / params.inner;
  let i = t - row * params.inner;
  let o = row / params.rows;
  if o >= params.outer { return; }
  var sum = 0.0;
  var k = links[row - o * params.rows];
  while k < params.length {
    sum += x[(o * params.length + k) * params.inner + i];
    k = links[params.rows + k];
  }
  y[t] = sum;
}
` as string,
} as const;

export const sgd = {
  name: "sgd",
  constants: { WORKGROUP_SIZE: 64, NESTEROV: false },
  params: { vectors: "u32", chunk: "u32", momentum: "f32", rate: "f32" },
  buffers: { gradient: "read", theta: "read_write", v: "read_write" },
  textures: [],
  dtypes: { gradient: "f32", theta: "f32", v: "f32" },
  flops: ({ vectors }: { vectors: number }): number => 16 * vectors,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
const NESTEROV: bool = false; //@constant
struct Params {
  vectors: u32,
  chunk: u32,
  momentum: f32,
  rate: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> theta: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let g = gradient[i];
    let a = params.momentum * v[i] + g;
    v[i] = a;
    if (NESTEROV) {
      theta[i] -= params.rate * (g + params.momentum * a);
    } else {
      theta[i] -= params.rate * a;
    }
  }
}
` as string,
} as const;

export const sum = {
  name: "sum",
  constants: {},
  params: { outer: "u32", row: "u32", width: "u32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: ({ outer, row }: { outer: number; row: number }): number => outer * row,
  code: `const BLOCK: u32 = 4;
struct Params {
  outer: u32,
  row: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 64u + thread;
  let width = params.width;
  if i >= params.outer * width { return; }
  let o = i / width;
  let j = i % width;
  let terms = (params.row + width - 1u - j) / width;
  var at = o * params.row + j;
  var total = 0.0;
  for (var block = 0u; block < terms / BLOCK; block++) {
    var part = 0.0;
    for (var k = 0; k < BLOCK; k++) { //@unroll
      part += x[at + k * width];
    }
    total += part;
    at += BLOCK * width;
  }
  var rest = 0.0;
  for (var k = 0u; k < terms % BLOCK; k++) {
    rest += x[at];
    at += width;
  }
  y[i] = total + rest;
}
` as string,
} as const;

export const sumVectors = {
  name: "sumVectors",
  constants: { FOLD: false },
  params: { outer: "u32", row: "u32", chunk: "u32", chunks: "u32", width: "u32" },
  buffers: { x: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", y: "f32" },
  flops: ({ outer, row }: { outer: number; row: number }): number => outer * row,
  code: `const FOLD: bool = false; //@constant
const BLOCK: u32 = 4;
struct Params {
  outer: u32,
  row: u32,
  chunk: u32,
  chunks: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 64u + thread;
  let width = params.width / 4u;
  if i >= params.outer * params.chunks * width { return; }
  let row = params.row / 4u;
  let o = i / width / params.chunks;
  let c = i / width % params.chunks;
  let start = c * (params.chunk / 4u) + i % width;
  let most = params.chunk / params.width;
  var terms = 0u;
  if start < row { terms = min(most, (row - start + width - 1u) / width); }
  var at = o * row + start;
  var total = vec4f();
  for (var block = 0u; block < terms / BLOCK; block++) {
    var part = vec4f();
    for (var k = 0; k < BLOCK; k++) { //@unroll
      part += x[at + k * width];
    }
    total += part;
    at += BLOCK * width;
  }
  var rest = vec4f();
  for (var k = 0u; k < terms % BLOCK; k++) {
    rest += x[at];
    at += width;
  }
  if at == row && terms < most {
    rest += select(vec4f(), x[row], vec4u(0u, 1u, 2u, 3u) < vec4u(params.row % 4u));
  }
  total += rest;
  if FOLD {
    y[o] = (total.x + total.y) + (total.z + total.w);
  } else {
    y[4u * i] = total.x;
    y[4u * i + 1u] = total.y;
    y[4u * i + 2u] = total.z;
    y[4u * i + 3u] = total.w;
  }
}
` as string,
} as const;

export const taps = {
  name: "taps",
  constants: { UP: false, NT: 16 },
  params: { units: "i32", firstUnit: "i32", uh: "i32", uw: "i32", kh: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32", ih: "i32", iw: "i32", oh: "i32", ow: "i32", k4: "i32", n: "i32", biased: "i32", alpha: "f32" },
  buffers: { x: "read", w: "read", b: "read", y: "read_write" },
  textures: ["x", "w"],
  dtypes: { x: "f32", w: "f32", b: "f32", y: "f32" },
  flops: ({ units, firstUnit, kh, kw, k4, n }: { units: number; firstUnit: number; kh: number; kw: number; k4: number; n: number }, [, gy, ]: Workgroups): number => 8 * Math.min(units - firstUnit, 64 * gy) * kh * kw * k4 * n,
  code: `enable subgroups;
const UP: bool = false; //@constant
const NT: i32 = 16; //@constant
const TP = 8;
const BAND = TP / ((NT + 7) / 8);
const S = 8;
const WR = (NT + S - 1) / S;
struct Params {
  units: i32,
  firstUnit: i32,
  uh: i32,
  uw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
  ih: i32,
  iw: i32,
  oh: i32,
  ow: i32,
  k4: i32,
  n: i32,
  biased: i32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.z) * NT;
  let osy = select(1, params.strideY, UP);
  let osx = select(1, params.strideX, UP);
  let isy = select(params.strideY, 1, UP);
  let isx = select(params.strideX, 1, UP);
  let ry = i32(group.x) / osx;
  let rx = i32(group.x) % osx;
  var image: array<i32, TP>;
  var uy: array<i32, TP>;
  var ux: array<i32, TP>;
  var live: array<bool, TP>;
  for (var t = 0; t < TP; t++) { //@unroll
    let raw = params.firstUnit + i32(group.y) * (S * TP) + t * S + l;
    let u = min(raw, params.units - 1);
    live[t] = raw < params.units;
    image[t] = u / (params.uh * params.uw);
    uy[t] = (u / params.uw) % params.uh;
    ux[t] = u % params.uw;
  }
  var acc: array<array<f32, NT>, TP>;
  let start = select(vec4f(), b[o0 / 4 + min(l, NT / 4 - 1)], params.biased == 1);
  for (var o = 0; o < NT; o++) { //@unroll
    let sum = subgroupShuffle(start[o % 4], u32(o / 4));
    for (var t = 0; t < TP; t++) { //@unroll
      acc[t][o] = sum;
    }
  }
  var at: array<i32, TP>;
  var inside: array<bool, TP>;
  var xv: array<vec4f, TP>;
  var wv: array<vec4f, WR>;
  var wk: vec4f;
  var wat: array<i32, WR>;
  for (var r = 0; r < WR; r++) { //@unroll
    let e = l + r * S;
    if (UP) { wat[r] = (o0 + e) * params.k4; } else { wat[r] = (e / (NT / 4)) * (params.n / 4) + o0 / 4 + e % (NT / 4); }
  }
  let wstep = select(params.n, 1, UP);
  let ky0 = (ry + params.padY) % osy;
  let kx0 = (rx + params.padX) % osx;
  for (var ky = ky0; ky < params.kh; ky += osy) {
    for (var kx = kx0; kx < params.kw; kx += osx) {
      for (var t = 0; t < TP; t++) { //@unroll
        let iy = uy[t] * isy + select(ky - params.padY, (ry + params.padY - ky) / osy, UP);
        let ix = ux[t] * isx + select(kx - params.padX, (rx + params.padX - kx) / osx, UP);
        inside[t] = iy >= 0 && iy < params.ih && ix >= 0 && ix < params.iw;
        at[t] = select(0, ((image[t] * params.ih + iy) * params.iw + ix) * params.k4, inside[t]);
      }
      var slot = (ky * params.kw + kx) * params.k4 * params.n;
      for (var c = 0; c < params.k4; c++) {
        for (var t = 0; t < TP; t++) { //@unroll
          xv[t] = select(vec4f(), textureLoad(x, texel(at[t])), inside[t]);
          at[t] += 1;
        }
        for (var r = 0; r < WR; r++) { //@unroll
          wv[r] = textureLoad(w, texel(wat[r] + slot));
        }
        slot += wstep;
        for (var o = 0; o < NT; o++) { //@unroll
          if (UP) {
            wk = subgroupShuffle(wv[o / S], u32(o % S));
          } else {
            for (var k = 0; k < 4; k++) { //@unroll
              wk[k] = subgroupShuffle(wv[(k * NT + o) / (4 * S)][o % 4], u32((k * NT + o) / 4 % S));
            }
          }
          for (var t = 0; t < TP; t++) { //@unroll
            acc[t][o] += dot(wk, xv[t]);
          }
        }
      }
    }
  }
  for (var t = 0; t < TP; t++) { //@unroll
    let oy = uy[t] * osy + ry;
    let ox = ux[t] * osx + rx;
    live[t] = live[t] && oy < params.oh && ox < params.ow;
    at[t] = (((image[t] * params.oh + oy) * params.ow + ox) * params.n + o0) / 4;
  }
  for (var first = 0; first < TP; first += BAND) {
    for (var t = 0; t < BAND; t++) { //@unroll
      if (live[t]) {
        for (var o = 0; o < NT / 4; o++) { //@unroll
          let v = vec4f(acc[t][4 * o], acc[t][4 * o + 1], acc[t][4 * o + 2], acc[t][4 * o + 3]);
          if (o0 + o * 4 < params.n) { y[at[t] + o] = activate(v, params.alpha); }
        }
      }
    }
    for (var t = 0; t < TP - BAND; t++) { //@unroll
      live[t] = live[t + BAND];
      at[t] = at[t + BAND];
      acc[t] = acc[t + BAND];
    }
  }
}
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
` as string,
} as const;

export const tapsGradient = {
  name: "tapsGradient",
  constants: { TM: 16, RAGGED: true },
  params: { m: "i32", n4: "i32", batch: "i32", per: "i32", lh: "i32", lw: "i32", c: "i32", sh: "i32", sw: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32" },
  buffers: { x: "read", g: "read", dw: "read_write" },
  textures: ["x", "g"],
  dtypes: { x: "f32", g: "f32", dw: "f32" },
  flops: ({ m, n4, batch, sh, sw }: { m: number; n4: number; batch: number; sh: number; sw: number }): number => 8 * batch * sh * sw * m * n4,
  code: `enable subgroups;
const TM: i32 = 16; //@constant
const RAGGED: bool = true; //@constant
const KU = 4;
const S = 8;
const G = TM / 4;
const W = S / G;
const GV = KU / W;
struct Params {
  m: i32,
  n4: i32,
  batch: i32,
  per: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var g: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
fn reach(d: i32, stride: i32, small: i32, large: i32) -> vec2i {
  if (params.c % 32 != 0) { return vec2i(0, small); }
  return vec2i(max(0, (stride - 1 - d) / stride), min(small, (large - 1 - d + stride) / stride));
}
@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * 4 * S;
  let d0 = i32(group.y) * G;
  let z = i32(group.z);
  let m = min(m0 + 4 * l, params.m - 4);
  let dy = m / params.c / params.kw - params.padY;
  let dx = m / params.c % params.kw - params.padX;
  let tap = m0 / params.c;
  let ys = reach(tap / params.kw - params.padY, params.strideY, params.sh, params.lh);
  let xs = reach(tap % params.kw - params.padX, params.strideX, params.sw, params.lw);
  let off = ((dy * params.lw + dx) * params.c + m % params.c) / 4;
  var acc: array<vec4f, TM>;
  var xv: array<vec4f, KU>;
  var gv: array<vec4f, GV>;
  var q: array<vec4f, KU>;
  let xImage = params.lh * params.lw * params.c / 4;
  let gImage = params.sh * params.sw * params.n4;
  let last = min(params.batch, (z + 1) * params.per);
  for (var n = z * params.per; n < last; n += KU) {
    for (var oy = ys.x; oy < ys.y; oy++) {
      for (var ox = xs.x; ox < xs.y; ox++) {
        let iy = oy * params.strideY + dy;
        let ix = ox * params.strideX + dx;
        let inside = iy >= 0 && iy < params.lh && ix >= 0 && ix < params.lw;
        let at = n * xImage + (oy * params.strideY * params.lw + ox * params.strideX) * params.c / 4 + off;
        let pixel = (n + l / G) * gImage + (oy * params.sw + ox) * params.n4 + d0 + l % G;
        for (var u = 0; u < KU; u++) { //@unroll
          xv[u] = select(vec4f(), textureLoad(x, texel(select(0, at + u * xImage, inside))), inside && (!RAGGED || n + u < last));
        }
        for (var i = 0; i < GV; i++) { //@unroll
          gv[i] = select(vec4f(), textureLoad(g, texel(pixel + W * i * gImage)), !RAGGED || n + W * i + l / G < last);
        }
        for (var i = 0; i < G; i++) { //@unroll
          for (var u = 0; u < KU; u++) { //@unroll
            q[u] = subgroupShuffle(gv[u / W], u32(u % W * G + i));
          }
          for (var j = 0; j < 4; j++) { //@unroll
            acc[4 * i + j] += q[0][j] * xv[0] + q[1][j] * xv[1] + q[2][j] * xv[2] + q[3][j] * xv[3];
          }
        }
      }
    }
  }
  if (m0 + 4 * l < params.m) {
    for (var d = d0; d < min(d0 + G, params.n4); d++) {
      for (var j = 0; j < 4; j++) { //@unroll
        dw[(z * params.m + m + j) * params.n4 + d] = vec4f(acc[0][j], acc[1][j], acc[2][j], acc[3][j]);
      }
      for (var i = 0; i < TM - 4; i++) { //@unroll
        acc[i] = acc[i + 4];
      }
    }
  }
}
` as string,
} as const;

export const tapsGradientQuads = {
  name: "tapsGradientQuads",
  constants: { TM: 16, COLUMNS: 8 },
  params: { m: "i32", d: "i32", rows: "i32", per: "i32", lh: "i32", lw: "i32", c: "i32", sh: "i32", sw: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32" },
  buffers: { x: "read", g: "read", dw: "read_write" },
  textures: [],
  dtypes: { x: "f32", g: "f32", dw: "f32" },
  flops: ({ m, d, rows, sw }: { m: number; d: number; rows: number; sw: number }): number => 2 * rows * sw * m * d,
  code: `enable subgroups;
const TM: i32 = 16; //@constant
const COLUMNS: i32 = 8; //@constant
struct Params {
  m: i32,
  d: i32,
  rows: i32,
  per: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let d0 = i32(group.y) * (4 * COLUMNS) + l;
  let z = i32(group.z);
  var dy: array<i32, TM / 4>;
  var dx: array<i32, TM / 4>;
  var channel: array<i32, TM / 4>;
  for (var q = 0; q < TM / 4; q++) { //@unroll
    let m = min(m0 + 4 * q + l, params.m - 1);
    let tap = m / params.c;
    let ky = tap / params.kw;
    dy[q] = ky - params.padY;
    dx[q] = tap - ky * params.kw - params.padX;
    channel[q] = m - tap * params.c;
  }
  var column: array<i32, COLUMNS>;
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    column[j] = min(d0 + 4 * j, params.d - 1);
  }
  var acc: array<f32, TM * COLUMNS>;
  var at: array<i32, TM / 4>;
  var inside: array<bool, TM / 4>;
  let last = min(params.rows, (z + 1) * params.per);
  for (var row = z * params.per; row < last; row++) {
    let image = row / params.sh;
    let oy = row - image * params.sh;
    for (var q = 0; q < TM / 4; q++) { //@unroll
      let iy = oy * params.strideY + dy[q];
      inside[q] = iy >= 0 && iy < params.lh;
      at[q] = select(0, (image * params.lh + iy) * params.lw * params.c, inside[q]) + channel[q];
    }
    var part = array<f32, TM * COLUMNS>();
    for (var ox = 0; ox < params.sw; ox++) {
      var gv: array<f32, COLUMNS>;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        gv[j] = g[(row * params.sw + ox) * params.d + column[j]];
      }
      for (var q = 0; q < TM / 4; q++) { //@unroll
        let ix = ox * params.strideX + dx[q];
        let live = inside[q] && ix >= 0 && ix < params.lw;
        let rows = select(0.0, x[at[q] + select(0, ix * params.c, live)], live);
        for (var i = 0; i < 4; i++) { //@unroll
          let xv = quadBroadcast(rows, u32(i));
          for (var j = 0; j < COLUMNS; j++) { //@unroll
            part[(4 * q + i) * COLUMNS + j] += xv * gv[j];
          }
        }
      }
    }
    for (var i = 0; i < TM * COLUMNS; i++) { //@unroll
      acc[i] += part[i];
    }
  }
  for (var i = 0; i < TM; i++) { //@unroll
    if m0 + i < params.m {
      let row = (z * params.m + m0 + i) * params.d;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        if d0 + 4 * j < params.d { dw[row + d0 + 4 * j] = acc[i * COLUMNS + j]; }
      }
    }
  }
}
` as string,
} as const;

export const tapsQuads = {
  name: "tapsQuads",
  constants: { UP: false, TP: 16, COLUMNS: 8, SHARE: 4 },
  params: { units: "i32", firstUnit: "i32", tile: "i32", uh: "i32", uw: "i32", kh: "i32", kw: "i32", strideY: "i32", strideX: "i32", padY: "i32", padX: "i32", ih: "i32", iw: "i32", oh: "i32", ow: "i32", k: "i32", n: "i32", biased: "i32", alpha: "f32" },
  buffers: { x: "read", w: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { x: "f32", w: "f32", b: "f32", y: "f32" },
  flops: ({ units, firstUnit, tile, kh, kw, k, n }: { units: number; firstUnit: number; tile: number; kh: number; kw: number; k: number; n: number }, [, gy, ]: Workgroups): number => 2 * Math.min(units - firstUnit, tile * gy) * kh * kw * k * n,
  code: `enable subgroups;
const UP: bool = false; //@constant
const TP: i32 = 16; //@constant
const COLUMNS: i32 = 8; //@constant
const SHARE: i32 = 4; //@constant
struct Params {
  units: i32,
  firstUnit: i32,
  tile: i32,
  uh: i32,
  uw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
  ih: i32,
  iw: i32,
  oh: i32,
  ow: i32,
  k: i32,
  n: i32,
  biased: i32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.z) * (SHARE * COLUMNS) + l % SHARE;
  let osy = select(1, params.strideY, UP);
  let osx = select(1, params.strideX, UP);
  let isy = select(params.strideY, 1, UP);
  let isx = select(params.strideX, 1, UP);
  let ry = i32(group.x) / osx;
  let rx = i32(group.x) - ry * osx;
  var image: array<i32, TP / 4>;
  var uy: array<i32, TP / 4>;
  var ux: array<i32, TP / 4>;
  var place: array<i32, TP / 4>;
  for (var q = 0; q < TP / 4; q++) { //@unroll
    let raw = params.firstUnit + i32(group.y) * params.tile + 4 * q + l;
    let unit = min(raw, params.units - 1);
    let row = unit / params.uw;
    ux[q] = unit - row * params.uw;
    image[q] = row / params.uh;
    uy[q] = row - image[q] * params.uh;
    let oy = uy[q] * osy + ry;
    let ox = ux[q] * osx + rx;
    let live = raw < params.units && oy < params.oh && ox < params.ow;
    place[q] = select(-1, ((image[q] * params.oh + oy) * params.ow + ox) * params.n, live);
  }
  let wk = select(params.n, 1, UP);
  let wo = select(1, params.k, UP);
  var column: array<i32, COLUMNS>;
  var acc: array<f32, TP / 4 * SHARE * COLUMNS>;
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    let o = min(o0 + SHARE * j, params.n - 1);
    column[j] = o * wo;
    var start = 0.0;
    if params.biased == 1 { start = b[o]; }
    for (var t = 0; t < TP / 4 * SHARE; t++) { //@unroll
      acc[t * COLUMNS + j] = start;
    }
  }
  var at: array<i32, TP / 4>;
  var inside: array<bool, TP / 4>;
  for (var ky = (ry + params.padY) % osy; ky < params.kh; ky += osy) {
    let dy = select(ky - params.padY, (ry + params.padY - ky) / osy, UP);
    for (var kx = (rx + params.padX) % osx; kx < params.kw; kx += osx) {
      let dx = select(kx - params.padX, (rx + params.padX - kx) / osx, UP);
      for (var q = 0; q < TP / 4; q++) { //@unroll
        let iy = uy[q] * isy + dy;
        let ix = ux[q] * isx + dx;
        inside[q] = iy >= 0 && iy < params.ih && ix >= 0 && ix < params.iw;
        at[q] = select(0, ((image[q] * params.ih + iy) * params.iw + ix) * params.k, inside[q]);
      }
      let tap = (ky * params.kw + kx) * params.k * params.n;
      var part = array<f32, TP / 4 * SHARE * COLUMNS>();
      for (var k = 0; k < params.k; k++) {
        var wv: array<f32, COLUMNS>;
        for (var j = 0; j < COLUMNS; j++) { //@unroll
          wv[j] = w[tap + k * wk + column[j]];
        }
        for (var q = 0; q < TP / 4; q++) { //@unroll
          let units = select(0.0, x[at[q] + k], inside[q]);
          for (var t = 0; t < SHARE; t++) { //@unroll
            var xv = units;
            if SHARE == 4 { xv = quadBroadcast(units, u32(t)); }
            for (var j = 0; j < COLUMNS; j++) { //@unroll
              part[(SHARE * q + t) * COLUMNS + j] += xv * wv[j];
            }
          }
        }
      }
      for (var i = 0; i < TP / 4 * SHARE * COLUMNS; i++) { //@unroll
        acc[i] += part[i];
      }
    }
  }
  for (var t = 0; t < TP / 4 * SHARE; t++) { //@unroll
    var pixel = place[t / SHARE];
    if SHARE == 4 { pixel = quadBroadcast(pixel, u32(t % SHARE)); }
    if pixel >= 0 {
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        let o = o0 + SHARE * j;
        if o < params.n { y[pixel + o] = activate(vec4f(acc[t * COLUMNS + j]), params.alpha).x; }
      }
    }
  }
}
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
` as string,
} as const;

export const topKPortable = {
  name: "topKPortable",
  constants: {},
  params: { samples: "u32", tiles: "u32", depth: "u32", given: "u32", cube: "u32", even: "u32", first_low: "u32", first_high: "u32", stream: "u32", seed_low: "u32", seed_high: "u32", k: "u32", base: "u32", stride: "u32" },
  buffers: { y: "read", h: "read", x: "read_write", index: "read_write", score: "read_write" },
  textures: [],
  dtypes: { y: "f32", h: "f32", x: "f32", index: "u32", score: "f32" },
  flops: ({ samples, tiles, depth }: { samples: number; tiles: number; depth: number }): number => 64 * samples * tiles * depth,
  code: `struct Params {
  samples: u32,
  tiles: u32,
  depth: u32,
  given: u32,
  cube: u32,
  even: u32,
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
  k: u32,
  base: u32,
  stride: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> index: array<u32>;
@group(0) @binding(5) var<storage, read_write> score: array<f32>;
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let middle = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (cross >> 16u) + (middle >> 16u), a * b);
}
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = multiply_wide(0xd2511f53u, c.x);
    let q = multiply_wide(0xcd9e8d57u, c.z);
    c = vec4u(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
fn uniform4(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(8u)) * 0x1p-24f;
}
fn open4(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23f;
}
fn normal4(bits: vec4u) -> vec4f {
  let u = open4(bits);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * (u.yw - 0.5);
  return vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
fn source4(sample: u32, q: u32) -> vec4f {
  let low = params.first_low + sample;
  let high = params.first_high + select(0u, 1u, low < sample);
  let stream = params.stream * 65536u + q;
  let seed = vec2u(params.seed_low, params.seed_high);
  var bits: vec4u;
  if params.even == 1u {
    bits = low * roots(q) + philox(vec4u(high, 0u, stream, 18u), seed);
  } else {
    bits = philox(vec4u(low, high, stream, 16u), seed);
  }
  if params.cube == 1u { return uniform4(bits) - 0.5; }
  return normal4(bits);
}
fn roots(q: u32) -> vec4u {
  switch q {
    case 0u: { return vec4u(0x6a09e667u, 0xbb67ae85u, 0x3c6ef373u, 0xa54ff53bu); }
    case 1u: { return vec4u(0x510e527fu, 0x9b05688du, 0x1f83d9abu, 0x5be0cd19u); }
    case 2u: { return vec4u(0xcbbb9d5du, 0x629a292bu, 0x9159015bu, 0x152fecd9u); }
    default: { return vec4u(0x67332667u, 0x8eb44a87u, 0xdb0c2e0du, 0x47b5481du); }
  }
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  if m >= params.stride { return; }
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
    score[r * params.stride + m] = -1e38;
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
` as string,
} as const;

export const topKSubgroup = {
  name: "topKSubgroup",
  constants: {},
  params: { samples: "u32", tiles: "u32", depth: "u32", k: "u32", base: "u32", stride: "u32" },
  buffers: { y: "read", h: "read", x: "read", index: "read_write", score: "read_write", tile: "read_write" },
  textures: ["y", "x"],
  dtypes: { y: "f32", h: "f32", x: "f32", index: "u32", score: "f32", tile: "f32" },
  flops: ({ samples, tiles, depth }: { samples: number; tiles: number; depth: number }): number => 64 * samples * tiles * depth,
  code: `enable subgroups;
const TM: i32 = 32;
const KU: i32 = 4;
struct Params {
  samples: u32,
  tiles: u32,
  depth: u32,
  k: u32,
  base: u32,
  stride: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read> h: array<vec4f>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read_write> index: array<u32>;
@group(0) @binding(5) var<storage, read_write> score: array<f32>;
@group(0) @binding(6) var<storage, read_write> tile: array<vec4f>;
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
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
        score[at + c] = -1e38;
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
` as string,
} as const;

export const where = {
  name: "where",
  constants: { WORKGROUP_SIZE: 64, WIDE: false, A_NUMBER: false, B_NUMBER: false },
  params: { vectors: "u32", chunk: "u32", alpha: "f32", beta: "f32", middle: "u32", inner: "u32", co: "u32", cm: "u32", ci: "u32", ao: "u32", am: "u32", ai: "u32", bo: "u32", bm: "u32", bi: "u32" },
  buffers: { c: "read", a: "read", b: "read", y: "read_write" },
  textures: [],
  dtypes: { c: "f32", a: "f32", b: "f32", y: "f32" },
  flops: (): number => 0,
  code: `const WORKGROUP_SIZE: u32 = 64; //@constant
const WIDE: bool = false; //@constant
const A_NUMBER: bool = false; //@constant
const B_NUMBER: bool = false; //@constant
struct Params {
  vectors: u32,
  chunk: u32,
  alpha: f32,
  beta: f32,
  middle: u32,
  inner: u32,
  co: u32,
  cm: u32,
  ci: u32,
  ao: u32,
  am: u32,
  ai: u32,
  bo: u32,
  bm: u32,
  bi: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec4f>;
@group(0) @binding(2) var<storage, read> a: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = (group.y * 32768u + group.x) * params.chunk;
  let last = min(first + params.chunk, params.vectors);
  let width = select(4u, 1u, WIDE);
  var at = indices(width * (first + thread));
  let step = indices(width * WORKGROUP_SIZE);
  for (var i = first + thread; i < last; i += WORKGROUP_SIZE) {
    let zero = (bitcast<vec4u>(loadC(at)) & vec4u(0x7fffffffu)) == vec4u();
    y[i] = select(loadA(at), loadB(at), zero);
    at = advance(at, step);
  }
}
fn loadC(at: vec3u) -> vec4f {
  let n = places(at, params.co, params.cm, params.ci);
  if (WIDE && params.ci == 1u) { return c[n.x / 4u]; }
  return vec4f(c[n.x / 4u][n.x % 4u], c[n.y / 4u][n.y % 4u], c[n.z / 4u][n.z % 4u], c[n.w / 4u][n.w % 4u]);
}
fn loadA(at: vec3u) -> vec4f {
  if (A_NUMBER) { return vec4f(params.alpha); }
  let n = places(at, params.ao, params.am, params.ai);
  if (WIDE && params.ai == 1u) { return a[n.x / 4u]; }
  return vec4f(a[n.x / 4u][n.x % 4u], a[n.y / 4u][n.y % 4u], a[n.z / 4u][n.z % 4u], a[n.w / 4u][n.w % 4u]);
}
fn loadB(at: vec3u) -> vec4f {
  if (B_NUMBER) { return vec4f(params.beta); }
  let n = places(at, params.bo, params.bm, params.bi);
  if (WIDE && params.bi == 1u) { return b[n.x / 4u]; }
  return vec4f(b[n.x / 4u][n.x % 4u], b[n.y / 4u][n.y % 4u], b[n.z / 4u][n.z % 4u], b[n.w / 4u][n.w % 4u]);
}
fn indices(n: u32) -> vec3u {
  let rows = n / params.inner;
  return vec3u(rows / params.middle, rows % params.middle, n % params.inner);
}
fn advance(at: vec3u, step: vec3u) -> vec3u {
  var sum = at + step;
  let i = select(0u, 1u, sum.z >= params.inner);
  sum.z -= i * params.inner;
  sum.y += i;
  let m = select(0u, 1u, sum.y >= params.middle);
  sum.y -= m * params.middle;
  sum.x += m;
  return sum;
}
fn places(at: vec3u, o: u32, m: u32, i: u32) -> vec4u {
  if (WIDE) { return vec4u(at.x * o + at.y * m + 4u * at.z * i); }
  let p = advance(at, vec3u(0u, 0u, 1u));
  let q = advance(p, vec3u(0u, 0u, 1u));
  let r = advance(q, vec3u(0u, 0u, 1u));
  return vec4u(at.x, p.x, q.x, r.x) * o + vec4u(at.y, p.y, q.y, r.y) * m + vec4u(at.z, p.z, q.z, r.z) * i;
}
` as string,
} as const;
