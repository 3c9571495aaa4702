/**
 * Why `--where` matches nothing: a value that does not occur, or conditions that exclude each other.
 * In: the question and its conditions. Out: sentences with the values that may have been meant.
 */
import { breakdown, type Question, total } from "./answer.ts";
import { nearest } from "./model/nearest.ts";
import type { Condition } from "./model/options.ts";

/** Values of a dimension that are looked at, the most expensive first. */
const maxCandidates = 10_000;
const maxShown = 3;

export async function whyNothing(question: Question, where: readonly Condition[]): Promise<string[]> {
	const sentences: string[] = [];
	let matching = 0;
	for (const condition of where) {
		const { requests } = await total(question, [condition]);
		if (requests > 0) matching++;
		else sentences.push(await unmatched(question, condition));
	}
	if (where.length > 1 && matching === where.length)
		sentences.push("Each condition of --where matches requests, but none meets them all.");
	return sentences;
}

async function unmatched(question: Question, { dimension, operator, value }: Condition): Promise<string> {
	const { rows, other } = await breakdown(question, [dimension], [], maxCandidates);
	const values = rows.map(({ group }) => group[dimension] ?? "-");
	if (values.length === 0) return "There are no requests in the window.";
	const said = `No request has ${dimension}${operator}${value}`;
	const typed = value.toLowerCase();
	const alike = values.filter((candidate) => typed !== "" && candidate.toLowerCase().includes(typed));
	const close = nearest(value, values);
	const meant = [...new Set([...(close === undefined ? [] : [close]), ...alike])];
	if (operator === "=" && meant.length > 0)
		return `${said}; did you mean ${meant.slice(0, maxShown).join(" or ")}?`;
	const more = values.length > maxShown || other !== null ? ", …" : "";
	return `${said}; its values are ${values.slice(0, maxShown).join(", ")}${more}`;
}
