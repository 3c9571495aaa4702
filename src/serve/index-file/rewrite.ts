/**
 * Writes the new URLs into the text of the index, at the places where the old ones stand: everything else stays byte
 * for byte, comments and line ends included. Nothing is ever dumped from values.
 */
import { isMap } from "./entry-shape.ts";
import { findJsonUrls } from "./json-text.ts";
import { IndexError } from "./prepared.ts";
import type { UrlVerdict } from "./urls.ts";
import { parseYaml, readScalar, type YamlDocument } from "./yaml-text.ts";

type Judge = (url: string) => UrlVerdict;

interface Edit {
	start: number;
	end: number;
	text: string;
}

export interface Rewritten {
	text: string;
	changed: number;
	/** URLs that should be others but stand in a way that is not understood for certain: they were left alone. */
	left: number;
}

export function rewriteJson(text: string, judge: Judge): Rewritten {
	const edits: Edit[] = [];
	findJsonUrls(text, (start, end) => {
		const { replacement } = judge(JSON.parse(text.slice(start, end)) as string);
		if (replacement !== undefined) edits.push({ start, end, text: `"${replacement}"` });
	});
	return { text: apply(text, edits), changed: edits.length, left: 0 };
}

export function rewriteYaml(text: string, document: YamlDocument, judge: Judge): Rewritten {
	const edits: Edit[] = [];
	let left = 0;
	for (const list of urlLists(document.root)) {
		const spans = document.lists.get(list);
		for (const [position, url] of list.entries()) {
			const replacement = typeof url === "string" ? judge(url).replacement : undefined;
			if (replacement === undefined) continue;
			const edit = editOf(text, spans?.[2 * position], spans?.[2 * position + 1], url as string, replacement);
			if (edit === undefined) left++;
			else edits.push(edit);
		}
	}
	return { text: apply(text, edits), changed: edits.length, left };
}

/** Each list once, though an alias may put it into several entries. */
export function urlLists(root: unknown): ReadonlySet<readonly unknown[]> {
	const lists = new Set<readonly unknown[]>();
	const entries = isMap(root) ? root["entries"] : undefined;
	for (const chart of isMap(entries) ? Object.values(entries) : []) {
		for (const entry of Array.isArray(chart) ? chart : []) {
			const urls = isMap(entry) && Object.hasOwn(entry, "urls") ? entry["urls"] : undefined;
			if (Array.isArray(urls)) lists.add(urls);
		}
	}
	return lists;
}

/**
 * Proof by construction: the token, read alone, must be the value that the parser saw there, and it is replaced by
 * text that means itself in every style (`charts/` and letters, digits, `-._~%`), in the same quotes.
 */
function editOf(
	text: string,
	start: number | undefined,
	end: number | undefined,
	url: string,
	replacement: string,
): Edit | undefined {
	if (start === undefined || end === undefined) return undefined;
	const node = text.slice(start, end).trimEnd();
	// An anchor or a tag before the scalar stays.
	const properties = /^(?:[&!]\S*\s+)*/.exec(node)?.[0].length ?? 0;
	const token = node.slice(properties);
	const quote = token[0] === '"' || token[0] === "'" ? token[0] : "";
	const isAlias = token[0] === "*";
	if (!isAlias && token !== quote + url + quote && readScalar(token) !== url) return undefined;
	return { start: start + properties, end: start + node.length, text: quote + replacement + quote };
}

function apply(text: string, edits: Edit[]): string {
	edits.sort((a, b) => a.start - b.start);
	const pieces: string[] = [];
	let at = 0;
	for (const edit of edits) {
		pieces.push(text.slice(at, edit.start), edit.text);
		at = edit.end;
	}
	pieces.push(text.slice(at));
	return pieces.join("");
}

/** Parses what was written and compares all values with the original's. */
export function onlyUrlsChanged(root: unknown, rewritten: string, judge: Judge): boolean {
	// Copied without aliases, so that a URL list that is also used elsewhere changes in one place only.
	const expected: unknown = JSON.parse(JSON.stringify(root));
	for (const list of urlLists(expected) as ReadonlySet<unknown[]>) {
		for (const [position, url] of list.entries())
			if (typeof url === "string") list[position] = judge(url).replacement ?? url;
	}
	return JSON.stringify(expected) === JSON.stringify(parseYaml(rewritten, () => false).root);
}

/** Throws IndexError when aliases blow the index up ("billion laughs") or lead in circles; Helm refuses those too. */
export function boundAliases(root: unknown, textLength: number): void {
	let left = 10 * textLength + 100_000;
	const visit = (value: unknown, depth: number): void => {
		left -= typeof value === "string" ? value.length + 1 : 1;
		if (left < 0 || depth > maxDepth) throw new IndexError("the index says too much with aliases");
		if (typeof value !== "object" || value === null) return;
		for (const [key, item] of Object.entries(value)) {
			left -= key.length;
			visit(item, depth + 1);
		}
	};
	visit(root, 0);
}

/** js-yaml's own limit; only an alias to its own parent is deeper. */
const maxDepth = 100;
