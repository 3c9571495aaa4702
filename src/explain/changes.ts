/** Change points of the request rate: in a case, out the lasting changes of each bucket and its strongest principals. */
import type { Case } from "../model/case.ts";
import type { Change } from "../model/diagnosis.ts";

export async function findChanges(_: Case): Promise<Change[]> {
	return [];
}
