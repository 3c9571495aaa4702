// Memory for the host's tables and for what is added up. There is one heap; whoever makes something frees it.

export function alloc(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function free(address: usize): void {
  heap.free(address);
}

/** A capacity for more than so many: doubled while small, by a quarter when a doubling is what memory runs out of. */
export function grown(size: u32): u32 {
  return size < 65_536 ? size * 2 : size + (size >> 2);
}
