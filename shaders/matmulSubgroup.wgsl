// y[z, m, n] = Σₖ a[z, m, k] · b[z, k, n]
//
// For drivers that run 8 lanes as one CPU vector. a and b may each be stored either way, [m, k] or
// [k, m] and [k, n] or [n, k]. Their stored rows, and the rows of y, begin at multiples of 4. A
// subgroup computes TM × 32 values of y, and a lane holds a vec4 of columns. The values of a for
// four steps of k are loaded spread over the lanes and shuffled to all. There is no workgroup
// memory and no barrier. a and b are read from textures: loading a vec4 for each lane takes such a
// driver 60 instructions from a texture, and 300 from a buffer, value by value. Rows and columns
// out of range are computed from undefined values and not stored. With kChunk < k, z counts ranges
// of k, whose partial products are added afterwards.
// Dispatch [⌈m / TM⌉, ⌈n / 32⌉, z].
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)
enable subgroups;

const AK: bool = true;        //@constant a is stored as [m, k]; otherwise as [k, m]
const BK: bool = false;       //@constant b is stored as [n, k]; otherwise as [k, n]
const MASK: bool = false;     //@constant k is no multiple of 4: steps past its end count as zero
const TM: i32 = 16;           //@constant rows of a tile, a multiple of 4
const S = 8;                  // lanes
const BAND = 8;               // rows that are stored at a time, after which the others move up
const AV = (TM + S - 1) / S;  // vec4s of a that a lane fetches: four steps of each row

struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,  // a multiple of 4 where it is less than k
  pitchA: i32,  // distance between stored rows of a, in vec4, as all below
  az: i32,
  a0: i32,
  pitchB: i32,
  bz: i32,
  b0: i32,
  pitchY: i32,
  y0: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [z, m, k] or [z, k, m], from a0
@group(0) @binding(1) var a: texture_storage_2d<rgba32float, read>;
// [z, k, n] or [z, n, k], from b0
@group(0) @binding(2) var b: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;      // [z, m, n] from y0

//@include texel

// The steps of k that the values of a vec4 belong to: k to k + 3 along k, else k + step four times.
fn steps(along: bool, k: i32, step: i32) -> vec4i {
  return select(vec4i(k + step), k + vec4i(0, 1, 2, 3), along);
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let n0 = i32(group.y) * S + l;                                // in vec4
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let batch = select(z, 0, split);
  var acc: array<vec4f, TM>;
  // With e = 8·i + l: if AK, four steps of row e; else four rows from 4·(e % (TM / 4)) on, at step
  // e / (TM / 4).
  var av: array<vec4f, AV>;
  // If BK, four steps of column i of the lane's four; else the four columns of step i.
  var bv: array<vec4f, 4>;
  var pa: array<i32, AV>;
  var pb: array<i32, 4>;
  // four steps of four rows of a, a column for each row
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
    var c = mat4x4f(bv[0], bv[1], bv[2], bv[3]);                // a column for each step
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
