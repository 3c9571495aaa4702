/** Sizes as people type them: `250MB`, `1GB`, `4GiB`, `5000`. Out: bytes. Decimal units, but for those with an i. */

const factors: Record<string, number> = {
	"": 1,
	kb: 1e3,
	mb: 1e6,
	gb: 1e9,
	kib: 2 ** 10,
	mib: 2 ** 20,
	gib: 2 ** 30,
};

export function parseSize(text: string): number {
	const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
	const factor = factors[(match?.[2] ?? "none").toLowerCase()];
	if (match === null || factor === undefined) throw new RangeError(`not a size: ${text}`);
	return Math.round(Number(match[1]) * factor);
}
