/** Encoding of a stream that can be read only once: its first bytes are looked at and given back. */
import { sniffEncoding } from "./decode.ts";

/** Looks at the first bytes and gives them back in front of the rest. */
export async function sniff(
	input: AsyncIterable<Uint8Array>,
): Promise<{ source: AsyncIterable<Uint8Array>; encoding: "plain" | "gzip" | "zstd" }> {
	const iterator = input[Symbol.asyncIterator]();
	let head: Uint8Array = new Uint8Array(0);
	while (head.length < 4) {
		const next = await iterator.next();
		if (next.done) break;
		head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
	}
	async function* whole(): AsyncGenerator<Uint8Array> {
		yield head;
		for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
	}
	return { source: whole(), encoding: sniffEncoding(head) };
}
