// a · b for weights a, with 0 · ±∞ = 0, as 0 · ln 0 in an entropy. Infinities are found by their
// bits, since a driver may assume that no comparison meets one.
fn weigh(a: vec4f, b: vec4f) -> vec4f {
  let infinite = (bitcast<vec4u>(b) & vec4u(0x7fffffffu)) == vec4u(0x7f800000u);
  return select(a * b, vec4f(), (a == vec4f()) & infinite);
}
