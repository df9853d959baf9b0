  samples: u32,
  tiles: u32,  // of targets
  depth: u32,  // coordinates, a multiple of 4
  given: u32,
  cube: u32,
  first_low: u32,
  first_high: u32,
  stream: u32,
  seed_low: u32,
  seed_high: u32,
