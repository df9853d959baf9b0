  points: u32,
  tiles: u32,  // of targets
  depth: u32,  // coordinates, a multiple of 4
  patterns: u32,  // 2 to the power of BLOCKS
  base: u32,  // tiles in earlier buffers of targets
