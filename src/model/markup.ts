/**
 * The only way to HTML, for the report and for the status page of serve: a template whose values are escaped, whatever they are, for
 * text and for quoted attributes. In: how a stranger's text becomes visible (control and bidi characters). Out: the template tag.
 */

/** Text that is HTML already. Only `html` and a page's own constants make it. */
export class Markup {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

export type Part = string | number | Markup | readonly Part[] | undefined;

export type HtmlTag = (strings: TemplateStringsArray, ...parts: Part[]) => Markup;

/** Attributes must be quoted with `"` in the template. `undefined` is nothing, a list is its parts in a row. */
export function htmlTag(visible: (text: string) => string): HtmlTag {
	const escaped = (part: Part): string => {
		if (part === undefined) return "";
		if (part instanceof Markup) return part.text;
		if (typeof part === "number") return String(part);
		if (typeof part === "string") return escapeSigns(visible(part));
		return part.map(escaped).join("");
	};
	return (strings, ...parts) => {
		let text = strings[0] ?? "";
		for (const [index, part] of parts.entries()) text += escaped(part) + (strings[index + 1] ?? "");
		return new Markup(text);
	};
}

const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** The five signs that mean something in HTML. */
function escapeSigns(text: string): string {
	return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? "");
}
