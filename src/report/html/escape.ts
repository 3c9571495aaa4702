/**
 * The only way to HTML: a template whose values are escaped, whatever they are, for text and for quoted attributes.
 * Text from logs first becomes visible (control and bidi characters as escapes), then harmless.
 */
import { visible } from "../words.ts";

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

function escaped(part: Part): string {
	if (part === undefined) return "";
	if (part instanceof Markup) return part.text;
	if (typeof part === "number") return String(part);
	if (typeof part === "string") return escapeText(part);
	return part.map(escaped).join("");
}

const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeText(text: string): string {
	return visible(text).replace(/[&<>"']/g, (sign) => signs[sign] ?? "");
}

/** Names from logs may be 8 KB long: their two ends tell them apart. */
const maxNameLength = 160;

/** A name from a log, isolated from its neighbours where its script runs the other way. */
export function name(text: string): Markup {
	const safe = visible(text);
	const half = maxNameLength / 2;
	return html`<bdi>${safe.length > maxNameLength ? `${safe.slice(0, half)}…${safe.slice(-half)}` : safe}</bdi>`;
}

/** A sentence of ours, in which `commands` stand between backticks. */
export function prose(text: string): Markup {
	return html`${text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
