/**
 * The matcher behind the cluster map and the AWS ranges: IP prefixes in, "what covers this address" out.
 * Nested prefixes are flattened once into sorted, disjoint intervals, so a lookup is one binary search
 * and the most specific prefix wins by construction. ipaddr.js only parses text; its own matching is a
 * linear scan (5,600 look-ups/s at 9,000 prefixes).
 */
// Node's own check: ipaddr.js finds out by throwing, which is slow on logs full of nonsense.
import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/** IPv4 lives above the 128-bit IPv6 space, so that `::/0` covers no IPv4 address. */
const ipv4Space = 1n << 128n;

/** A run of addresses as keys of `addressKey`, both ends included. `bits` counts fixed bits, 0 to 32 or 128. */
export interface Prefix {
	first: bigint;
	last: bigint;
	bits: number;
}

/** The address as one number; IPv4-mapped IPv6 counts as the IPv4 address. `undefined` for anything else. */
export function addressKey(text: string): bigint | undefined {
	if (isIPv4(text)) return ipv4Space + bytesKey(ipaddr.IPv4.parse(text));
	// A zone ("%eth0") names an interface of one machine, never a caller.
	if (!isIPv6(text) || text.includes("%")) return undefined;
	const address = ipaddr.IPv6.parse(text);
	return address.isIPv4MappedAddress() ? ipv4Space + bytesKey(address.toIPv4Address()) : bytesKey(address);
}

function bytesKey(address: { toByteArray(): number[] }): bigint {
	return address.toByteArray().reduce((key, byte) => (key << 8n) | BigInt(byte), 0n);
}

/** An address or a CIDR (`10.0.0.0/8`, `2001:db8::/32`). Host bits are dropped, as routers do. */
export function parsePrefix(text: string): Prefix | undefined {
	const slash = text.indexOf("/");
	const address = slash < 0 ? text : text.slice(0, slash);
	const key = addressKey(address);
	if (key === undefined) return undefined;
	const isIpv4 = key >= ipv4Space;
	const width = isIpv4 ? 32 : 128;
	if (slash < 0) return { first: key, last: key, bits: width };
	if (!/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
	// ::ffff:10.0.0.0/104 is 10.0.0.0/8: the first 96 bits are the mapping itself.
	const bits = Number(text.slice(slash + 1)) - (isIpv4 && address.includes(":") ? 96 : 0);
	if (bits < 0 || bits > width) return undefined;
	const hostBits = BigInt(width - bits);
	const first = (key >> hostBits) << hostBits;
	return { first, last: first + (1n << hostBits) - 1n, bits };
}

export interface PrefixTable<T> {
	/** Disjoint intervals after flattening. */
	readonly intervals: number;
	/** The value at this address, or `undefined` when no prefix covers it or the text is no address. */
	lookup(ip: string): T | undefined;
}

/**
 * Compiles prefixes. Where they nest, `join(outer, inner)` gives the value of the inner part;
 * without it the inner value alone counts. Of equal prefixes the later one is the inner one.
 */
export function compilePrefixes<T>(
	entries: readonly { prefix: Prefix; value: T }[],
	join: (outer: T, inner: T) => T = (_outer, inner) => inner,
): PrefixTable<T> {
	const starts: bigint[] = [];
	const values: (T | undefined)[] = [];
	const open: { last: bigint; value: T }[] = [];
	// Two prefixes nest or are disjoint, so a stack of open ones is enough. The start of an interval
	// replaces one that begins at the same address, which leaves the innermost.
	const begin = (start: bigint, value: T | undefined) => {
		if (starts.at(-1) === start) values[values.length - 1] = value;
		else {
			starts.push(start);
			values.push(value);
		}
	};
	const closeBefore = (address: bigint | undefined) => {
		for (let top = open.at(-1); top && (address === undefined || top.last < address); top = open.at(-1)) {
			open.pop();
			begin(top.last + 1n, open.at(-1)?.value);
		}
	};
	const ordered = [...entries].sort(
		(a, b) => compare(a.prefix.first, b.prefix.first) || a.prefix.bits - b.prefix.bits,
	);
	for (const { prefix, value } of ordered) {
		closeBefore(prefix.first);
		const outer = open.at(-1);
		const joined = outer ? join(outer.value, value) : value;
		begin(prefix.first, joined);
		open.push({ last: prefix.last, value: joined });
	}
	closeBefore(undefined);
	return { intervals: starts.length, lookup: (ip) => valueAt(starts, values, addressKey(ip)) };
}

function compare(a: bigint, b: bigint): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function valueAt<T>(starts: readonly bigint[], values: readonly T[], key: bigint | undefined): T | undefined {
	if (key === undefined) return undefined;
	let low = 0;
	let high = starts.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (starts[middle]! <= key) low = middle + 1;
		else high = middle;
	}
	return low === 0 ? undefined : values[low - 1];
}
