// Where four neighbouring values of y [outer, params.middle, params.inner] lie in an operand that
// is read by strides. Indices are (o, m, i); with WIDE, inner and i count vec4s. They are stepped
// without division.

// The indices of value, or vec4, number n of y.
fn indices(n: u32) -> vec3u {
  let rows = n / params.inner;
  return vec3u(rows / params.middle, rows % params.middle, n % params.inner);
}

// The sum of two indices, with carries.
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

// The numbers of the four values from `at` on in an operand with these strides; with WIDE that of
// the first for all of them.
fn places(at: vec3u, o: u32, m: u32, i: u32) -> vec4u {
  if (WIDE) { return vec4u(at.x * o + at.y * m + 4u * at.z * i); }
  let p = advance(at, vec3u(0u, 0u, 1u));
  let q = advance(p, vec3u(0u, 0u, 1u));
  let r = advance(q, vec3u(0u, 0u, 1u));
  return vec4u(at.x, p.x, q.x, r.x) * o + vec4u(at.y, p.y, q.y, r.y) * m + vec4u(at.z, p.z, q.z, r.z) * i;
}
