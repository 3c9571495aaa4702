/**
 * Text of strangers (paths, user agents, keys) made safe for one line of an access log, so that what was received can
 * be got back exactly. In: any string, lone surrogates included. Out: no line end, no escape sequence, no bidi control,
 * no quote that ends a field. Nearly all text is plain ASCII: one look decides, nothing is copied.
 */

/** JSON: printable ASCII without quote and backslash. */
const plainInJson = /^[ !#-[\]-~]*$/;
/**
 * Besides what JSON must escape: DEL and C1 controls (ANSI sequences begin with one), format characters such as bidi
 * overrides, the line separators of Unicode, and lone surrogates, which have no UTF-8 form.
 */
const unsafeInJson = /["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const plainInQuotes = /^[ !#-[\]-~]+$/;
const unsafeInQuotes = /[^ !#-[\]-~]/gu;

/** The inside of a JSON string. */
export function jsonText(text: string): string {
	return plainInJson.test(text) ? text : text.replace(unsafeInJson, jsonEscape);
}

function jsonEscape(character: string): string {
	if (character === '"' || character === "\\") return `\\${character}`;
	let escaped = "";
	for (let unit = 0; unit < character.length; unit++)
		escaped += `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`;
	return escaped;
}

/**
 * The inside of a quoted field as nginx writes it: everything but printable ASCII as the `\xHH` of its bytes, the quote
 * and the backslash too, so that a pattern such as `"[^"]*"` finds the field. Header bytes reach us one character each
 * (latin1); a character above is written as its UTF-8 bytes. Empty is `-`.
 */
export function quotedText(text: string): string {
	if (plainInQuotes.test(text)) return text;
	return text === "" ? "-" : text.replace(unsafeInQuotes, bytesEscape);
}

function bytesEscape(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	if (code <= 0xff) return `\\x${hexByte(code)}`;
	let escaped = "";
	// A lone surrogate becomes U+FFFD here, as it does everywhere in UTF-8.
	for (const byte of Buffer.from(character, "utf8")) escaped += `\\x${hexByte(byte)}`;
	return escaped;
}

function hexByte(byte: number): string {
	return byte.toString(16).toUpperCase().padStart(2, "0");
}

/** Different user agents whose escaped form is remembered. A team's clients have tens; scanners invent thousands. */
const maxRemembered = 512;
/** A longer user agent is escaped anew each time: strangers shall not fill memory with 16 KB texts. */
const maxRememberedLength = 300;

/**
 * `escaping` with a memory for its last results: for user agents, which are long, often odd, and few.
 * When it is full it starts again, which costs one escape per user agent in use.
 */
export function remembering(escaping: (text: string) => string): (text: string) => string {
	const known = new Map<string, string>();
	return (text) => {
		const before = known.get(text);
		if (before !== undefined) return before;
		const escaped = escaping(text);
		if (text.length > maxRememberedLength) return escaped;
		if (known.size >= maxRemembered) known.clear();
		known.set(text, escaped);
		return escaped;
	};
}
