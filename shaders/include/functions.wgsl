// Functions of one operand or of two, by their index in FUNCTIONS of src/tensor/ops/byElement.ts;
// those of one ignore b. They let NaN through, which max, min and clamp would hide.
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
    case 16: { return select(slope(b, a, vec4f()), -a, b < vec4f()); }   // a · sign(b)
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

// `above` where b > 0 and `below` where b ≤ 0, whatever the other is; NaN where b is NaN
fn slope(b: vec4f, above: vec4f, below: vec4f) -> vec4f {
  return select(select(b, above, b > vec4f()), below, b <= vec4f());
}

// Integers in the order of the numbers x, equal for 0 and −0. A driver may assume that no
// comparison of floats meets an infinity, and may take a subnormal for 0.
fn order(x: vec4f) -> vec4i {
  let bits = bitcast<vec4i>(x);
  return select(bits, vec4i(-2147483648) - bits, bits < vec4i());
}

// Whether neither a nor b is NaN.
fn ordered(a: vec4f, b: vec4f) -> vec4<bool> {
  let greater = max(bitcast<vec4u>(a) & vec4u(0x7fffffffu), bitcast<vec4u>(b) & vec4u(0x7fffffffu));
  return greater <= vec4u(0x7f800000u);
}

fn truth(x: vec4<bool>) -> vec4f {
  return select(vec4f(), vec4f(1.0), x);
}

// 1 where a > b, ½ where a = b, 0 where a < b
fn heaviside(a: vec4f, b: vec4f) -> vec4f {
  return select(select(vec4f(0.5), vec4f(1.0), order(a) > order(b)), vec4f(), order(a) < order(b));
}

// ln x. A driver may take the bits of a subnormal for those of a normal number, but not of its
// product with 2²⁴, from whose logarithm 24 ln 2 is subtracted.
fn log_exact(x: vec4f) -> vec4f {
  return select(log(x), log(x * 0x1p24) - 16.635532333438686, abs(x) < vec4f(0x1p-126));
}

// tanh. The driver's own has a small absolute, not relative, error near 0, and on some drivers it
// overflows to NaN for large |x|.
fn tanh_exact(x: vec4f) -> vec4f {
  let far = 1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0);
  let square = x * x;
  let near = x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * (17.0 / 315.0))));
  return select(sign(x) * far, near, abs(x) < vec4f(0.25));
}

// a^b. For whole b of at most 64 it is a product, by the binary digits of b, so that 3² is 9.
// Otherwise it is 2^(b log₂ |a|), with the sign of a where b is odd; a finite a < 0 with a b that
// is not whole gives √a, which is NaN. Floats from 2²⁴ on are even.
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
  let subnormal = abs(a) < vec4f(0x1p-126);  // as in log_exact
  let magnitude = exp2(b * select(log2(abs(a)), log2(abs(a) * 0x1p24) - 24.0, subnormal));
  let far = select(magnitude, -magnitude, odd & negative);
  let lowest = vec4i(-2139095040);  // order(−∞)
  let real = whole | !negative | (order(a) <= lowest);
  return select(select(sqrt(a), far, real), near, whole & (size <= vec4f(64.0)));
}
