// bits = philox((first + sample as two words, 65536 stream + q, 16), seed)
//
// Coordinates 4q .. 4q + 3 of point number `sample` of this dispatch, from these bits: standard
// normals, or uniforms of [-1/2, 1/2) where params.cube is 1. They lie in slots q, depth / 2 + q,
// depth / 4 + q and 3 depth / 4 + q: see slotOf in src/ot/points.ts. Needs //@include philox.
fn source4(sample: u32, q: u32) -> vec4f {
  let low = params.first_low + sample;
  let high = params.first_high + select(0u, 1u, low < sample);  // plus the carry
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

// The first 32 bits behind the point of the square roots of primes 4q .. 4q + 3, the last bit 1.
// Coordinate k of even point n is n √p_k + shift, modulo 1, for k < 16. The shift is random, and
// another one for each 2^32 points.
fn roots(q: u32) -> vec4u {
  switch q {
    case 0u: { return vec4u(0x6a09e667u, 0xbb67ae85u, 0x3c6ef373u, 0xa54ff53bu); }
    case 1u: { return vec4u(0x510e527fu, 0x9b05688du, 0x1f83d9abu, 0x5be0cd19u); }
    case 2u: { return vec4u(0xcbbb9d5du, 0x629a292bu, 0x9159015bu, 0x152fecd9u); }
    default: { return vec4u(0x67332667u, 0x8eb44a87u, 0xdb0c2e0du, 0x47b5481du); }
  }
}
