/**
 * Sizes and durations as people write them, both ways: `2GiB` ↔ bytes, `1h30m` ↔ milliseconds. Pure.
 * K, M, G, T are powers of 1024 however they end (`1G`, `1GB`, `1GiB`), as on the AWS bill and in the AWS CLI.
 */

const sizeUnits = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
const sizePattern = /^(\d+(?:\.\d+)?)\s?(?:([KMGT])(?:iB?|B)?|B)?$/i;

/** Bytes, or `undefined` when the text is no size. Fractions of a unit are taken, fractions of a byte are cut off. */
export function parseSize(text: string): number | undefined {
	const match = sizePattern.exec(text.trim());
	if (match === null) return undefined;
	const power = match[2] === undefined ? 0 : "KMGT".indexOf(match[2].toUpperCase()) + 1;
	const sizeBytes = Math.floor(Number(match[1]) * 1024 ** power);
	return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}

/** In the largest unit that needs no fraction: `2GiB`, `1536MiB`, `1000B`. `parseSize` reads it back. */
export function printSize(sizeBytes: number): string {
	let power = 0;
	let amount = sizeBytes;
	while (amount !== 0 && amount % 1024 === 0 && power < sizeUnits.length - 1) {
		amount /= 1024;
		power++;
	}
	return `${amount}${sizeUnits[power]}`;
}

const durationUnits = [
	["w", 604_800_000],
	["d", 86_400_000],
	["h", 3_600_000],
	["m", 60_000],
	["s", 1000],
	["ms", 1],
] as const;
const durationPattern = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/i;

/**
 * Milliseconds, or `undefined` when the text is no duration. Units from large to small, each at most once. A bare
 * number has no unit and is none, except 0, which is the same in all of them.
 */
export function parseDuration(text: string): number | undefined {
	const trimmed = text.trim();
	if (trimmed === "0") return 0;
	const match = durationPattern.exec(trimmed);
	if (match === null || trimmed === "") return undefined;
	let durationMs = 0;
	for (const [i, [, unitMs]] of durationUnits.entries()) durationMs += Number(match[i + 1] ?? 0) * unitMs;
	return Number.isSafeInteger(durationMs) ? durationMs : undefined;
}

/** `1d`, `1h30m`, `500ms`, `0s`; weeks are written as days. `parseDuration` reads it back. */
export function printDuration(durationMs: number): string {
	let restMs = durationMs;
	let text = "";
	for (const [unit, unitMs] of durationUnits) {
		if (unit === "w" || restMs < unitMs) continue;
		text += `${Math.floor(restMs / unitMs)}${unit}`;
		restMs %= unitMs;
	}
	return text === "" ? "0s" : text;
}
