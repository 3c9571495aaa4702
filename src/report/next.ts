/** What to ask next: commands that work as printed, made from what the report found. */
import type { Analysis } from "../model/analysis.ts";
import { paint, type Style } from "./style.ts";
import { shellWord, visible } from "./words.ts";

/** A list of sources longer than this would bury the command; the dataset then answers instead. */
const maxSourceColumns = 30;
const indent = "  ";

export function nextCommands({ breakdowns, input, costLines, total }: Analysis, style: Style): string[] {
	if (total.requests === 0) return [];
	const sources = input.sources.map(shellWord).join(" ");
	const from = sources.length > maxSourceColumns || input.sources.includes("-") ? "" : ` ${sources}`;
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
		narrowed(`chartcost attribute${from} --by user-agent,source-ip`),
		narrowed(`chartcost attribute${from} --by hour,client`),
		...(sendsUnknown && from !== "" ? [`chartcost analyze${from} --clusters clusters.yaml`] : []),
	];
	const { dim, accent } = paint(style);
	return [dim("Next"), ...commands.map((command) => indent + accent(command))];
}
