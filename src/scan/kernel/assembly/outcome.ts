// The part between the request URI and the referer: status, error code, bytes sent, object size, two times.
// It also decides where the request URI ends, because S3 writes a client's quotes into the URI unescaped.

const SPACE: u32 = 0x20;
const DASH: u32 = 0x2d;

export let outcomeStart: usize = 0;
export let outcomeEnd: usize = 0; // of "status error"
export let bytesSent: u64 = 0;
export let objectSize: u64 = 0;

let numberValue: u64 = 0;

/** Reads 1 to 15 digits or `-`, then a space. Returns the address after the space, or 0. */
// @ts-ignore: decorator
@inline
function number(p: usize): usize {
  let c = <u32>load<u8>(p);
  if (c == DASH) {
    numberValue = 0;
    return load<u8>(p, 1) == SPACE ? p + 2 : 0;
  }
  const start = p;
  let value: u64 = 0;
  while (c - 48 <= 9) {
    value = value * 10 + <u64>(c - 48);
    c = load<u8>(++p);
  }
  numberValue = value;
  const digits = p - start;
  return c == SPACE && digits > 0 && digits <= 15 ? p + 1 : 0;
}

// @ts-ignore: decorator
@inline
function isErrorByte(c: u32): bool {
  return (c | 32) - 97 <= 25 || c - 48 <= 9 || c == 0x2e || c == 0x5f;
}

/** Matches the outcome at p. Returns the address of the field after it (the referer), or 0. */
export function outcome(p: usize): usize {
  outcomeStart = p;
  if (load<u8>(p) == DASH) {
    p += 1;
  } else {
    const three = load<u32>(p);
    if ((three & 0xff) - 48 > 9 || ((three >> 8) & 0xff) - 48 > 9 || ((three >> 16) & 0xff) - 48 > 9) return 0;
    p += 3;
  }
  if (load<u8>(p) != SPACE) return 0;
  p += 1;
  let c = <u32>load<u8>(p);
  if (c == DASH) {
    p += 1;
  } else {
    if ((c | 32) - 97 > 25) return 0;
    do c = load<u8>(++p);
    while (isErrorByte(c));
  }
  if (load<u8>(p) != SPACE) return 0;
  outcomeEnd = p;
  p = number(p + 1);
  if (!p) return 0;
  bytesSent = numberValue;
  p = number(p);
  if (!p) return 0;
  objectSize = numberValue;
  p = number(p);
  if (!p) return 0;
  return number(p);
}
