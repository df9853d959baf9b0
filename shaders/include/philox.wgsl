// bits = philox(counter, key)
//   with counter = (index low, index high, stream, purpose) and key = (seed low, seed high)
//
// Philox4x32-10: counter-based random bits (Salmon, Moraes, Dror, Shaw 2011, "Parallel random
// numbers: as easy as 1, 2, 3"). The index counts groups of four numbers. The purpose keeps the
// users of one seed and stream apart: see PURPOSE in src/math/philox.ts, which computes the same
// bits on the host.

// The 64-bit product of a and b as (high, low), through 16-bit halves, since WGSL has no wide
// product.
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

// Four uniform multiples of 2^-24 in [0, 1).
fn uniform4(bits: vec4u) -> vec4f {
  return vec4f(bits >> vec4u(8u)) * 0x1p-24f;
}

// Four uniform odd multiples of 2^-24 in (0, 1), whose logarithms are finite and below 0.
fn open4(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23f;
}

// Four independent standard normals: Box and Muller (1958) on (x, y) and on (z, w). The angle is
// shifted to [-π, π], where WGSL bounds the errors of sin and cos.
fn normal4(bits: vec4u) -> vec4f {
  let u = open4(bits);
  let radius = sqrt(-2.0 * log(u.xz));
  let angle = 6.283185307179586 * (u.yw - 0.5);
  return vec4f(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y), radius.y * sin(angle.y));
}
