// Memory for the host's tables and for what is added up. There is one heap; whoever makes something frees it.

export function alloc(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function free(address: usize): void {
  heap.free(address);
}

/** Records of one piece; the host reads them a piece at a time. */
export const PIECE: u32 = 1024;
const PIECE_BITS: u32 = 10;
const FIRST_PIECES: u32 = 16;

/** Numbered records of one width, in pieces: they grow without being copied, so a million need no room twice. */
// @ts-ignore: decorator
@unmanaged
export class Records {
  width: usize;
  /** Addresses of the pieces. */
  pieces: usize;
  count: u32;
  capacity: u32;

  static create(width: usize): Records {
    const records = new Records();
    records.width = width;
    records.capacity = FIRST_PIECES;
    records.pieces = heap.alloc(<usize>FIRST_PIECES << 2);
    return records;
  }

  // @ts-ignore: decorator
  @inline
  at(number: u32): usize {
    return load<usize>(this.pieces + (<usize>(number >> PIECE_BITS) << 2)) + <usize>(number & (PIECE - 1)) * this.width;
  }

  /** Makes room for records up to this one; what stands in them is undefined. */
  reserve(number: u32): void {
    while (this.count <= number >> PIECE_BITS) {
      if (this.count == this.capacity) {
        this.capacity *= 2;
        this.pieces = heap.realloc(this.pieces, <usize>this.capacity << 2);
      }
      store<usize>(this.pieces + (<usize>this.count << 2), heap.alloc(<usize>PIECE * this.width));
      this.count++;
    }
  }

  free(): void {
    for (let piece: u32 = 0; piece < this.count; piece++) heap.free(load<usize>(this.pieces + (<usize>piece << 2)));
    heap.free(this.pieces);
    heap.free(changetype<usize>(this));
  }
}
