/** Bytes that go to another Region of AWS. */
import { serve } from "../next.ts";
import type { Rule } from "../rule.ts";
import { transferFindings } from "./transfer.ts";

export const crossRegionTransfer: Rule = {
	id: "cross-region-transfer",
	find: (scene) =>
		transferFindings(scene, {
			way: "crossRegion",
			whither: "in another Region",
			why: "Every GB that goes to another Region is billed as transfer.",
			isAvoidable: false,
			next: ({ theCase }, [main]) => [
				`${serve(main?.program.bucket ?? "BUCKET", theCase.region)} # in that Region: it keeps what was downloaded once`,
				"Or replicate the bucket to that Region",
			],
		}),
};
