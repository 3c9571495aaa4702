/**
 * A strict little HTML parser for tests: every tag in its place, every attribute in double quotes, no sign of markup
 * left over in text. In: a page. Out: its elements with decoded attributes and text. Throws where a browser would
 * have to guess.
 */

export interface Element {
	tag: string;
	attributes: Record<string, string>;
	/** In order; text is decoded. */
	children: (Element | string)[];
	parent: Element | undefined;
}

const voidTags = new Set(["meta", "link", "br", "img", "input", "hr"]);
const rawTags = new Set(["script", "style"]);
/** HTML lets these end where the next begins. */
const closedBy: Record<string, readonly string[]> = {
	td: ["td", "th", "tr"],
	th: ["td", "th", "tr"],
	tr: ["tr"],
};
const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

export function decode(text: string): string {
	return text.replace(/&([^;&\s]*;?)/g, (whole, name: string) => {
		const sign = entities[name.replace(/;$/, "")];
		if (sign === undefined || !name.endsWith(";")) throw new Error(`not an entity: ${whole}`);
		return sign;
	});
}

export function elementsOf(page: string): Element[] {
	const elements: Element[] = [];
	const open: Element[] = [];
	const token =
		/<!DOCTYPE html>|<(\/?)([a-zA-Z][a-zA-Z\d]*)((?:\s+[a-zA-Z][\w-]*(?:="[^"<>]*")?)*)\s*(\/?)>|([^<]+)|(<)/g;
	const closeUntil = (tags: readonly string[]) => {
		while (open.at(-1) !== undefined && closedBy[open.at(-1)!.tag]?.some((tag) => tags.includes(tag)))
			open.pop();
	};
	for (let match = token.exec(page); match !== null; match = token.exec(page)) {
		const [, slash, tag = "", attributes = "", selfClosing, text, stray] = match;
		if (stray !== undefined) throw new Error(`stray < at ${page.slice(match.index, match.index + 60)}`);
		if (text !== undefined) {
			if (text.includes(">")) throw new Error(`stray > in ${text.slice(0, 60)}`);
			const element = open.at(-1);
			element?.children.push(decode(text));
		} else if (slash === "/") {
			if (tag === "table" || tag === "tbody" || tag === "thead") closeUntil(["tr", "td"]);
			if (tag === "tr") closeUntil(["td"]);
			const last = open.pop();
			if (last?.tag !== tag)
				throw new Error(`</${tag}> closes <${last?.tag}> at ${page.slice(match.index - 60, match.index)}`);
		} else if (tag !== "") {
			closeUntil([tag]);
			const element: Element = {
				tag,
				attributes: attributesOf(attributes),
				children: [],
				parent: open.at(-1),
			};
			elements.push(element);
			element.parent?.children.push(element);
			if (rawTags.has(tag)) {
				const end = page.indexOf(`</${tag}`, token.lastIndex);
				element.children.push(page.slice(token.lastIndex, end));
				token.lastIndex = page.indexOf(">", end) + 1;
			} else if (selfClosing !== "/" && !voidTags.has(tag)) open.push(element);
		}
	}
	if (open.length > 0) throw new Error(`not closed: ${open.map(({ tag }) => tag).join(", ")}`);
	return elements;
}

function attributesOf(text: string): Record<string, string> {
	const found: Record<string, string> = {};
	for (const [, name = "", value = ""] of text.matchAll(/([a-zA-Z][\w-]*)(?:="([^"]*)")?/g)) {
		if (name in found) throw new Error(`twice the same attribute: ${name}`);
		found[name] = decode(value);
	}
	return found;
}

/** The text of an element and of all in it, as it is read. */
export function textOf({ children }: Element): string {
	return children
		.map((child) => {
			if (typeof child === "string") return child;
			return rawTags.has(child.tag) ? "" : inlineTags.has(child.tag) ? textOf(child) : ` ${textOf(child)} `;
		})
		.join("");
}

const inlineTags = new Set(["b", "bdi", "small", "span", "time"]);
