/** `analyze` in this process, for tests that look at its diagnosis. In: a log and a cluster map. Nothing is saved. */
import { tmpdir } from "node:os";
import path from "node:path";
import { analyze } from "../../src/analyze.ts";
import type { Diagnosis } from "../../src/model/diagnosis.ts";
import { analysisOptions } from "./analysis-options.ts";

/** Every log of the tests is delivered and settled by then. */
const now = Date.UTC(2026, 10, 20) / 1000;

export async function diagnosisOf(log: string, clustersFile?: string): Promise<Diagnosis> {
	const nowhere = path.join(tmpdir(), "chartcost-nothing-here");
	const result = await analyze(analysisOptions(nowhere, { sources: [log], clustersFile, now }));
	await result.save();
	return result.analysis.diagnosis;
}
