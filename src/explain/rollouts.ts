/** Roll-outs: in a case, out which source ran which client version, from when to when. */
import type { Case } from "../model/case.ts";
import type { Rollout } from "../model/diagnosis.ts";

export function findRollouts(_: Case): Rollout[] {
	return [];
}
