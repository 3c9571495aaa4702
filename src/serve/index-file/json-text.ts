/**
 * A JSON index (ChartMuseum's --json-index, or written by other tools) to values, and where in the text the URLs
 * stand: the strings in `entries.NAME[n].urls[n]`.
 */

/** `undefined` when the text is no JSON; Helm then reads it as YAML. */
export function parseJson(text: string): { root: unknown } | undefined {
	if (!/^[\t\n\r ]*[{["]/.test(text)) return undefined;
	try {
		return { root: JSON.parse(text) };
	} catch {
		return undefined;
	}
}

/** The way to a list of URLs: what opens at each depth, and behind which key. */
const way: readonly { opens: "{" | "["; key?: string }[] = [
	{ opens: "{" },
	{ opens: "{", key: "entries" },
	{ opens: "[" },
	{ opens: "{" },
	{ opens: "[", key: "urls" },
];

/** Calls `found` with the place [start, end) of every URL string, quotes included. The text must be valid JSON. */
export function findJsonUrls(text: string, found: (start: number, end: number) => void): void {
	/** Per open bracket: is it an object's, and are all brackets down to it on the way? */
	const open: { isObject: boolean; onWay: boolean }[] = [];
	let key = "";
	let expectsKey = false;
	for (let at = 0; at < text.length; at++) {
		const sign = text[at]!;
		if (sign === '"') {
			const end = endOfString(text, at);
			if (expectsKey) key = JSON.parse(text.slice(at, end)) as string;
			else if (open.length === way.length && open.at(-1)?.onWay) found(at, end);
			at = end - 1;
		} else if (sign === "{" || sign === "[") {
			const step = way[open.length];
			const fits = step?.opens === sign && (step.key === undefined || step.key === key);
			open.push({ isObject: sign === "{", onWay: fits && (open.at(-1)?.onWay ?? true) });
			expectsKey = sign === "{";
		} else if (sign === "}" || sign === "]") {
			open.pop();
			expectsKey = false;
		} else if (sign === ":") expectsKey = false;
		else if (sign === ",") expectsKey = open.at(-1)?.isObject === true;
	}
}

/** Behind the closing quote. */
function endOfString(text: string, start: number): number {
	let at = start + 1;
	for (;;) {
		const quote = text.indexOf('"', at);
		let backslashes = 0;
		while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
		if (quote < 0 || backslashes % 2 === 0) return quote < 0 ? text.length : quote + 1;
		at = quote + 1;
	}
}
