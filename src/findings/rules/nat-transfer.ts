/** Bytes that pass a NAT gateway, which bills every GB, though a gateway endpoint for S3 is free. */
import { gatewayEndpoint } from "../next.ts";
import type { Rule } from "../rule.ts";
import { transferFindings } from "./transfer.ts";

export const natTransfer: Rule = {
	id: "nat-transfer",
	find: (scene) =>
		transferFindings(scene, {
			way: "nat",
			whither: "through NAT gateways",
			why: "A NAT gateway bills every GB that passes it; through a gateway endpoint in the VPC, S3 is free of it.",
			isAvoidable: true,
			next: ({ theCase }) => [gatewayEndpoint(theCase.region)],
		}),
};
