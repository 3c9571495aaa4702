// `[06/Feb/2019:00:00:38 +0000]`: always 28 bytes, then a space. Neighbouring records share the minute, so the
// last minute is remembered and only the seconds are read.

// S3 began in 2006; what claims to be from far away is damage, and would not fit a cell.
const FIRST_YEAR: u32 = 2000;
const LAST_YEAR: u32 = 2199;

let minuteA: u64 = 0;
let minuteB: u64 = 0;
let minuteC: u32 = 0;
let minuteD: u64 = 0;
let minuteSeconds: i64 = 0;

export let seconds: i64 = 0;

// @ts-ignore: decorator
@inline
function two(p: usize): u32 {
  const a = <u32>load<u8>(p) - 48;
  const b = <u32>load<u8>(p, 1) - 48;
  return a > 9 || b > 9 ? 1000 : a * 10 + b;
}

/** 1 to 12, or 0. */
function month(p: usize): u32 {
  const name = load<u32>(p) & 0xffffff;
  if (name == 0x6e614a) return 1; // Jan, little-endian
  if (name == 0x626546) return 2;
  if (name == 0x72614d) return 3;
  if (name == 0x727041) return 4;
  if (name == 0x79614d) return 5;
  if (name == 0x6e754a) return 6;
  if (name == 0x6c754a) return 7;
  if (name == 0x677541) return 8;
  if (name == 0x706553) return 9;
  if (name == 0x74634f) return 10;
  if (name == 0x766f4e) return 11;
  if (name == 0x636544) return 12;
  return 0;
}

function daysIn(month: u32, year: u32): u32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, from the count of March-based years. */
function daysSinceEpoch(year: i64, month: i64, day: i64): i64 {
  const y = month <= 2 ? year - 1 : year;
  const era = (y >= 0 ? y : y - 399) / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** Reads the time at p into `seconds`. False when the 29 bytes there are not a time and a space. */
export function time(p: usize): bool {
  const second = two(p + 19);
  if (
    load<u64>(p) == minuteA && load<u64>(p, 8) == minuteB && load<u32>(p, 15) == minuteC && load<u64>(p, 21) == minuteD
  ) {
    if (second > 60) return false;
    seconds = minuteSeconds + (second == 60 ? 59 : second);
    return true;
  }
  if (
    load<u8>(p) != 0x5b || load<u8>(p, 3) != 0x2f || load<u8>(p, 7) != 0x2f || load<u8>(p, 12) != 0x3a ||
    load<u8>(p, 15) != 0x3a || load<u8>(p, 18) != 0x3a || load<u8>(p, 21) != 0x20 || load<u16>(p, 27) != 0x205d
  ) return false;
  const sign = load<u8>(p, 22);
  if (sign != 0x2b && sign != 0x2d) return false;
  const day = two(p + 1);
  const monthNumber = month(p + 4);
  const century = two(p + 8);
  const yearOfCentury = two(p + 10);
  const hour = two(p + 13);
  const minute = two(p + 16);
  const offsetHour = two(p + 23);
  const offsetMinute = two(p + 25);
  if (monthNumber == 0 || century > 99 || yearOfCentury > 99 || hour > 23 || minute > 59 || second > 60) return false;
  if (offsetHour > 23 || offsetMinute > 59) return false;
  const year = century * 100 + yearOfCentury;
  if (year < FIRST_YEAR || year > LAST_YEAR) return false;
  if (day < 1 || day > daysIn(monthNumber, year)) return false;
  const offset = <i64>(offsetHour * 3600 + offsetMinute * 60);
  minuteSeconds = daysSinceEpoch(year, monthNumber, day) * 86400 + <i64>(hour * 3600 + minute * 60) -
    (sign == 0x2b ? offset : -offset);
  minuteA = load<u64>(p);
  minuteB = load<u64>(p, 8);
  minuteC = load<u32>(p, 15);
  minuteD = load<u64>(p, 21);
  seconds = minuteSeconds + (second == 60 ? 59 : second);
  return true;
}
