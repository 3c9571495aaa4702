/**
 * The logs that the benchmarks read: generated once into .bench/ and kept there, each with the truth about it.
 * In: a size. Out: path and truth. A half-written log has no truth file yet, so it is written again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultOptions, generateFile } from "../support/generate.ts";
import type { TruthJson } from "../support/truth.ts";

export const benchDir = fileURLToPath(new URL("../../.bench/", import.meta.url));

export async function benchLog(bytes: number): Promise<{ path: string; truth: TruthJson }> {
	mkdirSync(benchDir, { recursive: true });
	const path = `${benchDir}access-${bytes / 1e9}GB.log`;
	const truthPath = `${path}.truth.json`;
	if (!existsSync(path) || !existsSync(truthPath)) {
		const truth = await generateFile(path, { ...defaultOptions, size: { bytes } });
		writeFileSync(truthPath, JSON.stringify(truth));
	}
	return { path, truth: JSON.parse(readFileSync(truthPath, "utf8")) as TruthJson };
}
