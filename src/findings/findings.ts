/**
 * The story of the findings: the scene is built once, every rule looks at it, and what they found is put in order.
 * In: a case with its changes and roll-outs. Out: what is wrong, what it costs and what to do, worst first.
 */
import type { Case } from "../model/case.ts";
import type { Finding, Severity } from "../model/diagnosis.ts";
import { rules } from "./registry.ts";
import { buildScene, type Clues } from "./scene.ts";
import { summarize } from "./summary.ts";

const ranks: Record<Severity, number> = { high: 0, warn: 1, info: 2 };

/** `summary`: the diagnosis in one to four sentences, empty when there is nothing to say. */
export async function findFindings(
	theCase: Case,
	clues: Clues,
): Promise<{ findings: Finding[]; summary: string }> {
	const scene = await buildScene(theCase, clues);
	const found = rules.flatMap(({ id, find }) => find(scene).map((finding) => ({ id, ...finding })));
	// A stable sort: equals stay in the order of the registry.
	const findings = found.sort((a, b) => ranks[a.severity] - ranks[b.severity] || savingOf(b) - savingOf(a));
	return { findings, summary: summarize(scene, findings) };
}

function savingOf({ savingUsdPerMonth, costUsdPerMonth }: Finding): number {
	return savingUsdPerMonth ?? costUsdPerMonth ?? 0;
}
