/**
 * Chart versions as Helm's semver library (Masterminds) reads and orders them: `v1.2` is 1.2.0, build metadata does
 * not count. Used to sort entries and to tell which of them Helm would skip.
 */

export interface HelmVersion {
	/** Major, minor, patch without leading zeros: may be longer than a number can hold. */
	core: readonly [string, string, string];
	prerelease: readonly string[];
}

const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const pattern = new RegExp(
	`^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?(?:-(${identifiers}))?(?:\\+${identifiers})?$`,
);

/** `undefined` when Helm would skip the entry. */
export function parseHelmVersion(text: string): HelmVersion | undefined {
	// No pattern on text without a bound: versions are a few dozen characters.
	const match = text.length > 256 ? null : pattern.exec(text);
	if (match === null) return undefined;
	const [, major = "0", minor = "0", patch = "0", rest] = match;
	const prerelease = rest === undefined ? [] : rest.split(".");
	if (prerelease.some((part) => /^0\d+$/.test(part))) return undefined;
	return { core: [plain(major), plain(minor), plain(patch)], prerelease };
}

const plain = (digits: string) => digits.replace(/^0+(?=\d)/, "");

/** Semver 2 §11: below zero when `a` is older. */
export function compareHelmVersions(a: HelmVersion, b: HelmVersion): number {
	for (let i = 0; i < 3; i++) {
		const order = compareNumbers(a.core[i]!, b.core[i]!);
		if (order !== 0) return order;
	}
	if (a.prerelease.length === 0 || b.prerelease.length === 0)
		return b.prerelease.length - a.prerelease.length;
	for (let i = 0; i < Math.min(a.prerelease.length, b.prerelease.length); i++) {
		const order = compareParts(a.prerelease[i]!, b.prerelease[i]!);
		if (order !== 0) return order;
	}
	return a.prerelease.length - b.prerelease.length;
}

function compareParts(a: string, b: string): number {
	const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
	if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
	return aIsNumber ? compareNumbers(a, b) : compareTexts(a, b);
}

/** Digits without leading zeros. */
function compareNumbers(a: string, b: string): number {
	return a.length - b.length || compareTexts(a, b);
}

export function compareTexts(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
