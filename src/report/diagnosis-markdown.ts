/** The diagnosis as Markdown: every finding with its evidence, then what changed when. In: an analysis. Out: blocks. */
import type { Analysis } from "../model/analysis.ts";
import type { Finding } from "../model/diagnosis.ts";
import type { Amounts } from "./amounts.ts";
import { moneyWords } from "./diagnosis-text.ts";
import { eventsOf, timeOf } from "./events.ts";
import { type Fact, factsOf } from "./evidence.ts";
import { isCommand } from "./next.ts";
import { count, markdownCode, markdownText } from "./words.ts";

export function diagnosisBlocks(analysis: Analysis, amounts: Amounts): string[] {
	const { diagnosis, prices } = analysis;
	const events = eventsOf(diagnosis, amounts, false);
	return [
		...(diagnosis.findings.length === 0 ? [] : ["## Findings"]),
		...diagnosis.findings.flatMap((finding, index) =>
			findingBlocks(finding, index + 1, amounts, prices.currency),
		),
		...(events.length === 0 ? [] : ["## Changes and roll-outs"]),
		events
			.map((event) => {
				const details = [event.rates, event.who, event.costs].filter((part) => part !== "").join("; ");
				return `- **${timeOf(event)} UTC** ${markdownText(event.what)}: ${markdownText(details)}`;
			})
			.join("\n"),
	].filter((block) => block !== "");
}

function findingBlocks(finding: Finding, number: number, amounts: Amounts, currency: string): string[] {
	const sums = moneyWords(finding, amounts);
	return [
		`### ${number}. ${markdownText(finding.title)} (${finding.severity})`,
		`${sums === "" ? "" : `**${sums}.** `}${markdownText(finding.why)}`,
		factsOf(finding.evidence, currency).map(factLine).join("\n"),
		finding.next
			.map((advice) => `- Next: ${isCommand(advice) ? markdownCode(advice) : markdownText(advice)}`)
			.join("\n"),
	];
}

function factLine({ label, columns, rows, hidden }: Fact): string {
	const values = rows.map((cells) =>
		cells
			.map(
				(cell, index) => `${columns[index] === undefined ? "" : `${columns[index]} `}${markdownCode(cell)}`,
			)
			.join(" "),
	);
	const rest = hidden > 0 ? [`and ${count(hidden)} more`] : [];
	return `- ${markdownText(label)}: ${[...values, ...rest].join(columns.length === 0 ? ", " : "; ")}`;
}
