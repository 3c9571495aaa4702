/** Random blocks, and the same sums as the row kernel's, done the obvious way. */
import fc from "fast-check";
import type { Block } from "../../src/model/flow.ts";

export interface Row {
	flow: number;
	time: number;
	key: number;
	requests: number;
	bytesSent: number;
	objectBytes: number;
	first: number;
	last: number;
}

/** Rows of a grain: seconds within it up to `seconds`, few flows and times so that cells meet. */
export function anyRows(flows: number, times: number, keys: number, seconds: number): fc.Arbitrary<Row[]> {
	return fc.array(
		fc
			.record({
				flow: fc.nat(flows - 1),
				time: fc.nat(times - 1).map((time) => firstTime + time),
				key: fc.nat(keys - 1),
				requests: fc.integer({ min: 1, max: 9 }),
				bytesSent: fc.nat(5000),
				objectBytes: fc.nat(5000),
				first: fc.nat(seconds - 1),
				more: fc.nat(seconds - 1),
			})
			.map(({ more, ...row }) => ({ ...row, last: Math.max(row.first, more) })),
		{ maxLength: 60 },
	);
}

/** Of the first minute or hour in random rows. */
export const firstTime = 480_000;

/** The rows over and over, so that they fill more than one chunk of the kernel. */
export function repeated(rows: readonly Row[], times: number): Row[] {
	return Array.from({ length: times }, () => rows).flat();
}

export function blockOf(grain: Block["grain"], rows: readonly Row[]): Block {
	const ints = (name: keyof Row): Int32Array => Int32Array.from(rows, (row) => row[name]);
	const doubles = (name: keyof Row): Float64Array => Float64Array.from(rows, (row) => row[name]);
	return {
		grain,
		rows: rows.length,
		flow: ints("flow"),
		time: ints("time"),
		key: grain === "hour" ? ints("key") : new Int32Array(0),
		requests: ints("requests"),
		bytesSent: doubles("bytesSent"),
		objectBytes: doubles("objectBytes"),
		first: ints("first"),
		last: ints("last"),
	};
}

/** Sums `add`ed per name, in order of first sight. */
export function summed<Sum>(
	rows: readonly Row[],
	nameOf: (row: Row) => string | undefined,
	start: (row: Row) => Sum,
	add: (sum: Sum, row: Row) => void,
): Map<string, Sum> {
	const sums = new Map<string, Sum>();
	for (const row of rows) {
		const name = nameOf(row);
		if (name === undefined) continue;
		const sum = sums.get(name) ?? start(row);
		sums.set(name, sum);
		add(sum, row);
	}
	return sums;
}
