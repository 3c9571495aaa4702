/** The prefix matcher: against hand-made cases, and against the obvious linear scan on random prefixes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressKey, compilePrefixes, parsePrefix } from "../../src/network/prefixes.ts";

const table = (cidrs: string[]) =>
	compilePrefixes(cidrs.map((cidr) => ({ prefix: parsePrefix(cidr)!, value: cidr })));

test("the most specific prefix wins, in any order of the file", () => {
	const cidrs = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "0.0.0.0/0"];
	for (const order of [cidrs, [...cidrs].reverse()]) {
		const { lookup } = table(order);
		assert.equal(lookup("10.1.2.3"), "10.1.2.3");
		assert.equal(lookup("10.1.2.4"), "10.1.2.0/24");
		assert.equal(lookup("10.1.3.0"), "10.1.0.0/16");
		assert.equal(lookup("10.2.0.0"), "10.0.0.0/8");
		assert.equal(lookup("9.255.255.255"), "0.0.0.0/0");
		assert.equal(lookup("255.255.255.255"), "0.0.0.0/0");
	}
});

test("nested values are joined, down to the last address and for equal prefixes", () => {
	const cidrs = ["10.0.0.0/31", "10.0.0.0/32", "10.0.0.1/32", "10.0.0.1/32"];
	const entries = cidrs.map((cidr, index) => ({ prefix: parsePrefix(cidr)!, value: `${index}` }));
	const { lookup } = compilePrefixes(entries, (outer, inner) => outer + inner);
	assert.equal(lookup("10.0.0.0"), "01");
	assert.equal(lookup("10.0.0.1"), "023");
	assert.equal(lookup("10.0.0.2"), undefined);
});

test("first and last address belong to a prefix, their neighbours do not", () => {
	const { lookup } = table(["192.0.2.64/26", "2001:db8:1::/48"]);
	assert.equal(lookup("192.0.2.63"), undefined);
	assert.equal(lookup("192.0.2.64"), "192.0.2.64/26");
	assert.equal(lookup("192.0.2.127"), "192.0.2.64/26");
	assert.equal(lookup("192.0.2.128"), undefined);
	assert.equal(lookup("2001:db8:1:ffff:ffff:ffff:ffff:ffff"), "2001:db8:1::/48");
	assert.equal(lookup("2001:db8:2::"), undefined);
});

test("IPv4-mapped IPv6 is the IPv4 address, and ::/0 covers no IPv4", () => {
	assert.equal(addressKey("::ffff:192.0.2.1"), addressKey("192.0.2.1"));
	assert.deepEqual(parsePrefix("::ffff:10.0.0.0/104"), parsePrefix("10.0.0.0/8"));
	assert.equal(table(["::/0"]).lookup("192.0.2.1"), undefined);
	assert.equal(table(["::/0"]).lookup("2001:db8::1"), "::/0");
	assert.equal(table(["10.0.0.0/8"]).lookup("::ffff:10.9.9.9"), "10.0.0.0/8");
});

test("host bits are dropped", () => {
	assert.deepEqual(parsePrefix("10.1.2.3/8"), parsePrefix("10.0.0.0/8"));
});

test("what is no address is refused, also in forms that C libraries accept", () => {
	const wrong = [
		"",
		"-",
		"10.0.0",
		"127.1",
		"0x7f.0.0.1",
		"10.0.0.256",
		"1.2.3.4/33",
		"1.2.3.4/",
		"1.2.3.4/-1",
		"::1/129",
		"fe80::1%eth0",
		"host",
		"1.2.3.4/8/8",
	];
	for (const text of wrong) assert.equal(parsePrefix(text), undefined, text);
});

test("agrees with a linear scan on any nested prefixes", () => {
	const bits = fc.integer({ min: 28, max: 32 });
	const octet = fc.integer({ min: 0, max: 31 });
	const prefix = fc.tuple(octet, bits).map(([last, fixed]) => `10.0.0.${last}/${fixed}`);
	fc.assert(
		fc.property(fc.uniqueArray(prefix, { maxLength: 12 }), octet, (cidrs, last) => {
			const key = addressKey(`10.0.0.${last}`)!;
			const covering = cidrs
				.map((cidr) => parsePrefix(cidr)!)
				.filter(({ first, last: end }) => first <= key && key <= end);
			const narrowest = Math.max(-1, ...covering.map((found) => found.bits));
			const value = table(cidrs).lookup(`10.0.0.${last}`);
			assert.equal(value === undefined ? -1 : parsePrefix(value)!.bits, narrowest);
		}),
		{ numRuns: 500 },
	);
});
