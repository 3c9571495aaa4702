/** Bytes that leave AWS for the internet. */
import { serve } from "../next.ts";
import type { Rule } from "../rule.ts";
import { transferFindings } from "./transfer.ts";

export const internetEgress: Rule = {
	id: "internet-egress",
	find: (scene) =>
		transferFindings(scene, {
			way: "internet",
			whither: "over the internet",
			why: "Every GB that leaves AWS is billed as transfer.",
			isAvoidable: false,
			next: ({ theCase }, [main]) => [
				`${serve(main?.program.bucket ?? "BUCKET", theCase.region)} # where the readers are: it keeps what was downloaded once`,
				"Or serve the bucket through CloudFront: S3 to CloudFront is free",
			],
		}),
};
