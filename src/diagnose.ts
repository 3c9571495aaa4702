/** The story of the diagnosis: a case → changes and roll-outs → findings. */
import { findChanges } from "./explain/changes.ts";
import { findRollouts } from "./explain/rollouts.ts";
import { findFindings } from "./findings/findings.ts";
import type { Case } from "./model/case.ts";
import type { Diagnosis } from "./model/diagnosis.ts";

export async function diagnose(theCase: Case): Promise<Diagnosis> {
	const changes = await findChanges(theCase);
	const rollouts = findRollouts(theCase);
	const { findings, summary } = await findFindings(theCase, { changes, rollouts });
	return { summary, changes, rollouts, findings };
}

/** What is said of logs without a record. */
export const nothingToSay: Diagnosis = { summary: "", changes: [], rollouts: [], findings: [] };
