/** What to ask next: commands that work as printed, made from what the report found. */
import type { Analysis } from "../model/analysis.ts";
import { paint, type Style } from "./style.ts";
import { shellWord, visible } from "./words.ts";

const indent = "  ";

export function nextCommands({ breakdowns, costLines, total }: Analysis, style: Style): string[] {
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
		narrowed(`${ask} --by user-agent,source-ip`),
		narrowed(`${ask} --by hour,client`),
		...(sendsUnknown ? [`${program} prices update`] : []),
	];
	const { dim, accent } = paint(style);
	return [dim("Next"), ...commands.map((command) => indent + accent(command))];
}
