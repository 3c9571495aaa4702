/**
 * Columns of a terminal: how wide a text is, how to shorten and to wrap it.
 * Takes text that `visible` has made safe; colour codes are not understood here, so colour goes on last.
 */

const wide =
	/[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const combining = /\p{M}/u;

/** Terminal columns of a text: 2 for East Asian wide characters and emoji, 0 for combining marks. */
export function widthOf(text: string): number {
	if (/^[\x20-\x7e]*$/.test(text)) return text.length;
	let columns = 0;
	for (const character of text) columns += columnsOf(character);
	return columns;
}

function columnsOf(character: string): number {
	if (combining.test(character)) return 0;
	return wide.test(character) ? 2 : 1;
}

/** Shortens a text to `width` columns by taking out its middle: names differ at both ends. */
export function shorten(text: string, width: number, ellipsis: string): string {
	if (widthOf(text) <= width) return text;
	const room = width - ellipsis.length;
	if (room <= 0) return ellipsis.slice(0, width);
	const characters = [...text];
	const head = takeColumns(characters, Math.ceil(room / 2));
	const tail = takeColumns(characters.reverse(), room - Math.ceil(room / 2)).reverse();
	// A combining mark that lost its letter would sit on the ellipsis.
	while (tail[0] !== undefined && combining.test(tail[0])) tail.shift();
	return `${head.join("")}${ellipsis}${tail.join("")}`;
}

/** Shortens a sentence to `width` columns by leaving out its last words. */
export function cutAfter(text: string, width: number, ellipsis: string): string {
	if (widthOf(text) <= width) return text;
	const kept = takeColumns([...text], width - ellipsis.length).join("");
	return `${kept.replace(/(?<=\S) \S{0,12}$/, "")}${ellipsis}`;
}

function takeColumns(characters: readonly string[], columns: number): string[] {
	const taken: string[] = [];
	let used = 0;
	for (const character of characters) {
		used += columnsOf(character);
		if (used > columns) break;
		taken.push(character);
	}
	return taken;
}

/**
 * Wraps at spaces to `width` columns; longer words stand alone. Following lines begin with `indent`, the first
 * with the blanks that the text begins with.
 */
export function wrap(text: string, width: number, indent = ""): string[] {
	const lines: string[] = [];
	const firstIndent = /^ */.exec(text)?.[0] ?? "";
	let line = "";
	for (const word of text.trimStart().split(" ")) {
		const candidate = line === "" ? word : `${line} ${word}`;
		const start = lines.length === 0 ? firstIndent : indent;
		if (line !== "" && widthOf(start + candidate) > width) {
			lines.push(start + line);
			line = word;
		} else {
			line = candidate;
		}
	}
	lines.push((lines.length === 0 ? firstIndent : indent) + line);
	return lines;
}
