/** `--by DIM[,DIM…]` and `--where DIM=VALUE|DIM!=VALUE|DIM~REGEX`: text as typed to what the story needs. */
import { type Dimension, dimensionNames } from "../model/dimensions.ts";
import { usageError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Condition } from "../model/options.ts";

/** Each occurrence may hold several names. A name given twice counts once. */
export function parseBy(values: readonly string[]): Dimension[] {
	const names = values.flatMap((value) => value.split(",")).map((name) => name.trim());
	const dimensions = names.filter((name) => name !== "").map((name) => dimensionOf(name, "--by"));
	if (dimensions.length === 0) throw usageError("--by needs at least one dimension", knownDimensions);
	return [...new Set(dimensions)];
}

/** All conditions must hold. Regular expressions are JavaScript's. */
export function parseWhere(values: readonly string[]): Condition[] {
	return values.map((text) => {
		const parts = /^\s*([\w-]+)\s*(!=|=|~)(.*)$/s.exec(text);
		if (parts === null) {
			throw usageError(
				`--where "${text}" is not a condition`,
				"Write DIM=VALUE, DIM!=VALUE or DIM~REGEX, such as --where operation=REST.GET.OBJECT.",
			);
		}
		const [, name = "", operator = "", value = ""] = parts;
		const dimension = dimensionOf(name, "--where");
		if (operator === "~") checkPattern(value, text);
		return { dimension, operator: operator as Condition["operator"], value };
	});
}

const knownDimensions = `Dimensions: ${dimensionNames.join(", ")}.`;

function dimensionOf(name: string, flag: string): Dimension {
	const known = dimensionNames.find((candidate) => candidate === name);
	if (known !== undefined) return known;
	throw usageError(
		`${flag}: unknown dimension "${name}"${didYouMean(name, dimensionNames)}`,
		knownDimensions,
	);
}

function checkPattern(pattern: string, text: string): void {
	try {
		new RegExp(pattern);
	} catch (error) {
		const reason = (error as Error).message.replace(/^Invalid regular expression: /, "");
		throw usageError(
			`--where "${text}": not a regular expression: ${reason}`,
			"Put a backslash before signs that are meant literally, or use DIM=VALUE for an exact match.",
		);
	}
}
