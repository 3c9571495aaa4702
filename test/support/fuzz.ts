/** Properties that `npm test` runs a fixed number of times, and `npm run fuzz` for as long as it has time for. */
import type { TestContext } from "node:test";
import fc from "fast-check";

export const fuzzing = fc.readConfigureGlobal()?.numRuns !== undefined;

/** Throws fast-check's own report when the property does not hold; else says how many cases it held for. */
export async function holdsFor<Values>(
	context: TestContext,
	numRuns: number,
	property: fc.IProperty<Values> | fc.IAsyncProperty<Values>,
): Promise<void> {
	const details = await fc.check(property as fc.IAsyncProperty<Values>, fuzzing ? {} : { numRuns, seed: 26 });
	if (details.failed)
		throw new Error(await fc.asyncDefaultReportMessage(details), { cause: details.errorInstance });
	if (fuzzing) context.diagnostic(`${details.numRuns} cases`);
}
