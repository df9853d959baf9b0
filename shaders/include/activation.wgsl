// v where v > 0, else 0, for v = −∞ too. A NaN is not below 0, so it stays; `max` would hide it.
fn relu(v: vec4f) -> vec4f {
  return select(v, vec4f(), v <= vec4f());
}

// v where v > 0, else alpha · v
fn leakyRelu(v: vec4f, alpha: f32) -> vec4f {
  return select(v, alpha * v, v <= vec4f());
}

// leakyRelu, or relu for a slope alpha of 0, since 0 · −∞ is NaN. A slope of 1 leaves v as it is.
fn activate(v: vec4f, alpha: f32) -> vec4f {
  return select(leakyRelu(v, alpha), relu(v), alpha == 0.0);
}
