/**
 * The report's way to HTML: model/markup.ts with the report's own idea of visible.
 * Text from logs first becomes visible (control and bidi characters as escapes), then harmless.
 */
import { htmlTag, type Markup } from "../../model/markup.ts";
import { visible } from "../words.ts";

/** Attributes must be quoted with `"` in the template. */
export const html = htmlTag(visible);

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
