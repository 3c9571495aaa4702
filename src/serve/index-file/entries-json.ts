/**
 * Entries to the JSON of ChartMuseum's `/api/charts`, with the place of every chart in it, so that the API answers
 * from pieces of one buffer.
 */
import type { Shaped } from "./entry-shape.ts";
import type { EntriesJson } from "./prepared.ts";

export function entriesJson(charts: ReadonlyMap<string, readonly Shaped[]>): EntriesJson {
	const pieces: Buffer[] = [Buffer.from("{")];
	const slices = new Map<string, { start: number; end: number }>();
	let at = 1;
	for (const [name, versions] of charts) {
		const key = Buffer.from(`${at === 1 ? "" : ","}${goJson(name)}:`);
		const list = Buffer.from(goJson(versions));
		pieces.push(key, list);
		const start = at + key.length;
		at = start + list.length;
		slices.set(name, { start, end: at });
	}
	pieces.push(Buffer.from("}"));
	return { json: Buffer.concat(pieces), slices };
}

export function noEntries(): EntriesJson {
	return { json: Buffer.from("{}"), slices: new Map() };
}

/** As Go's encoding/json writes it: nothing that a browser could take for markup. */
export function goJson(value: unknown): string {
	return JSON.stringify(value).replace(
		/[<>&\u2028\u2029]/g,
		(sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}
