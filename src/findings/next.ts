/** Next steps as commands that can be copied into a shell. Values from logs are quoted; hostile ones are left out. */

/** Control characters and marks that change the direction of text: nothing to paste into a shell. */
const unsafe = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffd]/;
const plain = /^[A-Za-z0-9_./:=@%+,-]+$/;

export function shellWord(text: string): string {
	return plain.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** `chartcost attribute --by key --where iam-user=user/chartmuseum` */
export function attribute(by: readonly string[], where: Record<string, string>): string {
	const conditions = Object.entries(where)
		.filter(([, value]) => !unsafe.test(value))
		.map(([dimension, value]) => `--where ${shellWord(`${dimension}=${value}`)}`);
	return ["chartcost attribute", `--by ${by.join(",")}`, ...conditions].join(" ");
}

export function serve(bucket: string, region: string): string {
	return unsafe.test(bucket)
		? "chartcost serve --bucket BUCKET"
		: `chartcost serve --bucket ${shellWord(bucket)} --region ${shellWord(region)}`;
}

export const discoverClusters = "chartcost clusters discover";

/** Whose address that is: NAT gateways and instances have a network interface. */
export function ownerOf(sourceIp: string, region: string): string {
	return `aws ec2 describe-network-interfaces --region ${shellWord(region)} --filters Name=association.public-ip,Values=${shellWord(sourceIp)}`;
}

/** The same for an address inside a VPC. */
export function privateOwnerOf(sourceIp: string, region: string): string {
	return `aws ec2 describe-network-interfaces --region ${shellWord(region)} --filters Name=addresses.private-ip-address,Values=${shellWord(sourceIp)}`;
}

export function gatewayEndpoint(region: string): string {
	return `aws ec2 create-vpc-endpoint --vpc-endpoint-type Gateway --service-name com.amazonaws.${shellWord(region)}.s3 --vpc-id VPC_ID --route-table-ids ROUTE_TABLE_ID`;
}

export function isSafe(text: string): boolean {
	return !unsafe.test(text);
}
