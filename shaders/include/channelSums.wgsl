// What is known of a channel: its mean, the root of its variance + epsilon, and the factor of the
// gradient through the variance.
struct Known {
  mean: f32,
  deviation: f32,
  through: f32,
}

// The moments of channel c.
fn moments(c: u32) -> Known {
  let mean = params.share * channelSum(MEAN, c, Known());
  let variance = params.share * channelSum(VARIANCE, c, Known(mean, 0.0, 0.0));
  return Known(mean, sqrt(variance + params.epsilon), 0.0);
}

// Σ term(sum, r · channels + c, known) over the rows r, in blocks of four as in sum.wgsl: rounding
// grows with 4 + rows / 4 instead of rows.
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
