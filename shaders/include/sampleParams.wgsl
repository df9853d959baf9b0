  samples: u32,
  tiles: u32,  // of targets
  depth: u32,  // coordinates, a multiple of 4
  given: u32,  // 1: x holds the samples; 0: the kernel draws them and writes them to x
  cube: u32,  // 1: uniform on [-1/2, 1/2) in each coordinate; 0: standard normal
  even: u32,  // 1: even points, for up to 16 coordinates; 0: independent ones
  first_low: u32,  // number of the first sample, as two words
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
