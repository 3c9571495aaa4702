/**
 * Version constraints of Helm (Masterminds semver) for the API's `/api/charts/NAME/VERSION`: `1.2`, `^1`, `~1.2.3`,
 * `>=1 <3`, `1.x || 3.1 - 4`, `!=2.0.0`. Each comparison is checked by node-semver; what differs is settled here:
 * pre-releases match only a comparison that names one, `!=` exists, blanks and commas both mean "and".
 */
import { satisfies, valid } from "semver";
import { type HelmVersion, parseHelmVersion } from "./helm-version.ts";

export interface Constraint {
	check(version: HelmVersion): boolean;
}

interface Comparison {
	operator: string;
	/** For node-semver: no `v`, no leading zeros, no build metadata. */
	range: string;
	namesPrerelease: boolean;
	/** Exact, not `1.2` or `1.x`. */
	whole: boolean;
}

const number = "[0-9xX*]+";
const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const version = `v?(${number})(?:\\.(${number}))?(?:\\.(${number}))?(?:-(${identifiers}))?(?:\\+${identifiers})?`;
const operators = "!=|>=|=>|<=|=<|~>|=|>|<|~|\\^|";
const comparisonPattern = new RegExp(`^(${operators})\\s*${version}$`);
const hyphenPattern = new RegExp(`(${version})\\s+-\\s+(${version})`, "g");

/** Longer ones are no constraint but an attempt on the pattern. */
const maxLength = 256;

/** `undefined` when Helm would say `improper constraint`. An empty text means any release. */
export function parseConstraint(text: string): Constraint | undefined {
	if (text.length > maxLength) return undefined;
	const alternatives: Comparison[][] = [];
	for (const part of text.replace(hyphenPattern, hyphenRange).split("||")) {
		const comparisons = parsePart(part.trim());
		if (comparisons === undefined) return undefined;
		alternatives.push(comparisons);
	}
	return {
		check: (candidate) => alternatives.some((all) => all.every((one) => holds(one, candidate))),
	};
}

function hyphenRange(_match: string, low: string, ...rest: unknown[]): string {
	// Groups: low, its four parts, high, its four parts.
	return `>=${low} <=${rest[4] as string}`;
}

function parsePart(part: string): Comparison[] | undefined {
	if (part === "") return [{ operator: "", range: "*", namesPrerelease: false, whole: false }];
	const comparisons: Comparison[] = [];
	// A blank after an operator belongs to it: `>= 1.2`.
	for (const piece of part.replace(/([!=<>~^])\s+/g, "$1").split(/\s*,\s*|\s+/)) {
		const match = comparisonPattern.exec(piece);
		if (match === null) return undefined;
		comparisons.push(comparisonOf(match));
	}
	return comparisons;
}

function comparisonOf([, operator = "", major, minor, patch, prerelease]: RegExpExecArray): Comparison {
	const numbers: string[] = [];
	for (const digits of [major, minor, patch]) {
		// What follows a wildcard does not count.
		if (digits === undefined || !/^\d+$/.test(digits)) break;
		numbers.push(digits.replace(/^0+(?=\d)/, ""));
	}
	const whole = numbers.length === 3;
	const known = numbers.length === 0 ? "*" : numbers.join(".");
	return {
		operator,
		// A partial version with a pre-release starts at its zeros: `>=1-0` is `>=1.0.0-0`.
		range:
			prerelease === undefined ? known : `${[...numbers, "0", "0", "0"].slice(0, 3).join(".")}-${prerelease}`,
		namesPrerelease: prerelease !== undefined,
		whole,
	};
}

const nodeOperators: Readonly<Record<string, string>> = { "=>": ">=", "=<": "<=", "~>": "~", "!=": "=" };

function holds({ operator, range, namesPrerelease, whole }: Comparison, candidate: HelmVersion): boolean {
	const isPrerelease = candidate.prerelease.length > 0;
	if (isPrerelease && !namesPrerelease && !(operator === "!=" && whole)) return false;
	const text = `${candidate.core.join(".")}${isPrerelease ? `-${candidate.prerelease.join(".")}` : ""}`;
	// Numbers above 2^53: node-semver knows no such version, and no constraint picks it.
	if (valid(text) === null) return false;
	// Masterminds: `=1.2`, like `1.2`, is `~1.2`.
	const written = nodeOperators[operator] ?? operator;
	const holdsThere = satisfies(text, `${written}${range}`, { includePrerelease: true });
	return operator === "!=" ? !holdsThere : holdsThere;
}

/** Helm's choice: the very text first, else the first of the (sorted) versions that the constraint allows. */
export function pickVersion(versions: readonly string[], wanted: string, constraint: Constraint): number {
	const exact = wanted === "" ? -1 : versions.indexOf(wanted);
	if (exact >= 0) return exact;
	return versions.findIndex((text) => {
		const candidate = parseHelmVersion(text);
		return candidate !== undefined && constraint.check(candidate);
	});
}
