/**
 * What the terminal report says about its own ground: what was read, what was not, what was assumed.
 * Every line of input is accounted for; nothing is left out in silence.
 */
import type { Analysis, InputProblem, InputSummary } from "../model/analysis.ts";
import { shorten, wrap } from "./layout.ts";
import { paint, type Style, signs } from "./style.ts";
import { bytes, count, plural, visible } from "./words.ts";

/** Examples of a kind that are shown where there is room; JSON has them all. */
export const maxExamples = 3;

const problemWords: Record<InputProblem["problem"], string> = {
	"not-a-log": "not an access log",
	duplicate: "delivered or stored twice, read once",
	unreadable: "cannot be read",
	permission: "no permission to read",
	truncated: "cut off, read as far as it goes",
	corrupt: "damaged, read as far as it goes",
};

/** `lines = records + unparsed + skipped`, then problems and unparsed lines with examples. */
export function inputLines(input: InputSummary, style: Style, examples = maxExamples): string[] {
	const reused = input.reusedFiles > 0 ? `, ${count(input.reusedFiles)} of them from the dataset` : "";
	const summary =
		`Input: ${plural(input.files, "file")} (${bytes(input.bytes)}${reused}), ` +
		`${plural(input.lines, "line")} = ${plural(input.records, "record")} + ${count(input.unparsed)} unparsed + ` +
		`${count(input.skipped)} skipped${skippedWhy(input)}`;
	const { warn } = paint(style);
	const remarks = [
		...(input.filesOutsideWindow > 0
			? [`${plural(input.filesOutsideWindow, "file")} not opened: by their names outside --from/--to`]
			: []),
		...(input.duplicates > 0 ? [`${plural(input.duplicates, "duplicate")} read once`] : []),
		...problemLines(input.problems, examples, style),
		...unparsedLines(input, examples, style),
		...input.degraded.map(
			({ limit, value, requests }) =>
				`limit reached: ${limit} (${count(value)}); ${plural(requests, "request")} pooled as "(other)"`,
		),
	];
	return [
		...wrap(summary, style.width, "  "),
		...remarks.flatMap((remark) => wrap(`  ${remark}`, style.width, "    ")).map(warn),
	];
}

function skippedWhy({ skippedReasons: { blank, outsideWindow, otherBucket } }: InputSummary): string {
	const reasons = [
		...(blank > 0 ? [`${count(blank)} blank`] : []),
		...(outsideWindow > 0 ? [`${count(outsideWindow)} outside --from/--to`] : []),
		...(otherBucket > 0 ? [`${count(otherBucket)} of other buckets`] : []),
	];
	return reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
}

function problemLines(problems: readonly InputProblem[], examples: number, style: Style): string[] {
	// Duplicates are counted above; only what was not read in full needs its name here.
	const serious = problems.filter(({ problem }) => problem !== "duplicate");
	const { ellipsis } = signs(style);
	const lines = serious.slice(0, examples).map(({ file, problem, detail }) => {
		const name = shorten(visible(file, !style.unicode), Math.floor(style.width / 2), ellipsis);
		const more = detail === "" ? "" : ` (${visible(detail, !style.unicode)})`;
		return `${name}: ${problemWords[problem]}${more}`;
	});
	const hidden = serious.length - lines.length;
	if (hidden === 0) return lines;
	if (lines.length === 0) return [`${plural(hidden, "file")} not read, or not to the end; --json names them`];
	return [...lines, `and ${plural(hidden, "more file")}; --json names them all`];
}

function unparsedLines(
	{ unparsed, unparsedSamples }: InputSummary,
	examples: number,
	style: Style,
): string[] {
	const { ellipsis } = signs(style);
	const safe = (text: string, columns: number) => shorten(visible(text, !style.unicode), columns, ellipsis);
	const half = Math.floor(style.width / 2);
	const lines = unparsedSamples.slice(0, examples).map(({ file, line, offset, reason, text }) => {
		const where = line === null ? `byte ${count(offset)}` : `line ${count(line)}`;
		return `unparsed: ${safe(file, half)} ${where}: ${reason}: ${safe(text, half)}`;
	});
	const hidden = unparsed - lines.length;
	if (lines.length === 0 || hidden <= 0) return lines; // Their number stands in the first line.
	return [...lines, `and ${plural(hidden, "more unparsed line")}; --json has samples`];
}

/** Region, date of the prices, and the sentences a reader must know before trusting a figure. */
export function assumptionLines({ prices }: Pick<Analysis, "prices">, style: Style, limit: number): string[] {
	const head = `Prices: ${prices.region}, as of ${prices.asOf}. GiB = the GB that AWS bills (2^30 bytes).`;
	const sentences = prices.assumptions.slice(0, limit);
	const hidden = prices.assumptions.length - sentences.length;
	const { dash } = signs(style);
	const { dim } = paint(style);
	return [
		...wrap(head, style.width, "  "),
		...sentences.flatMap((sentence) =>
			wrap(`  ${dash} ${visible(sentence, !style.unicode)}`, style.width, "    "),
		),
		...(hidden > 0 ? [`  ${dash} and ${count(hidden)} more in --json`] : []),
	].map(dim);
}
