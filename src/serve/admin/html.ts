/**
 * HTML for the status page: a template whose values are escaped, whatever they are, for text and for quoted attributes.
 * Keys and reasons are texts of strangers: control and bidi characters are shown as escapes first.
 */

/** Text that is HTML already. Only `html` and the page's own constants make it. */
export class Markup {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

export type Part = string | number | Markup | readonly Part[] | undefined;

/** Attributes must be quoted with `"` in the template. `undefined` is nothing, a list is its parts in a row. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
	let text = strings[0] ?? "";
	for (const [index, part] of parts.entries()) text += escaped(part) + (strings[index + 1] ?? "");
	return new Markup(text);
}

const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

function escaped(part: Part): string {
	if (part === undefined) return "";
	if (part instanceof Markup) return part.text;
	if (typeof part === "number") return String(part);
	if (typeof part !== "string") return part.map(escaped).join("");
	return part
		.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
		.replace(/[&<>"']/g, (sign) => signs[sign] ?? "");
}
