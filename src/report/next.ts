/** What to ask next: commands that work as printed, made from what the report found. */
import type { Analysis } from "../model/analysis.ts";
import { paint, type Style } from "./style.ts";
import { shellWord, visible } from "./words.ts";

const indent = "  ";

/** `advice`: the command that the gravest finding asks for. */
export function nextCommands(
	{ breakdowns, costLines, total }: Analysis,
	advice: string | undefined,
	style: Style,
): string[] {
	if (total.requests === 0) return [];
	const { program, flags, source } = style.again ?? { program: "chartcost", flags: "", source: "" };
	const ask = `${program} attribute${source}${flags}`;
	const top = breakdowns.find(({ by }) => by.length === 1 && by[0] === "iam-user")?.rows[0]?.group[
		"iam-user"
	];
	// A name that cannot be typed cannot be suggested.
	const spender = top !== undefined && visible(top, true) === top ? top : undefined;
	const where = spender === undefined ? "" : ` --where ${shellWord(`iam-user=${spender}`)}`;
	const narrowed = (command: string) =>
		indent.length + command.length + where.length <= style.width ? command + where : command;
	const sendsUnknown = costLines.some((line) => line.costUsd === null && line.unit === "GB");
	const commands = [
		...(advice === undefined ? [] : [visible(advice, !style.unicode).replace(/^chartcost(?= )/, program)]),
		narrowed(`${ask} --by user-agent,source-ip`),
		...(advice === undefined ? [narrowed(`${ask} --by hour,client`)] : []),
		`${program} analyze${source}${flags} --report report.html`,
		...(sendsUnknown ? [`${program} prices update`] : []),
	];
	const { dim, accent } = paint(style);
	return [dim("Next"), ...commands.map((command) => indent + accent(command))];
}

/** Advice is either a command to copy or a sentence. */
export function isCommand(advice: string): boolean {
	return /^(chartcost|aws|kubectl|helm) \S/.test(advice);
}
