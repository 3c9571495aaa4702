/** A small ip-ranges.json in AWS's shape, with made-up extents in space that AWS does own. */

const row = (ip_prefix: string, region: string, service: string) => ({
	ip_prefix,
	region,
	network_border_group: region,
	service,
});

export const rangesText = JSON.stringify({
	syncToken: "1795212875",
	createDate: "2026-11-20-22-14-35",
	prefixes: [
		row("3.80.0.0/12", "us-east-1", "AMAZON"),
		row("3.80.0.0/16", "us-east-1", "EC2"),
		row("3.80.200.0/24", "us-west-2", "EC2"),
		row("18.184.0.0/15", "eu-central-1", "EC2"),
		row("13.32.0.0/15", "GLOBAL", "CLOUDFRONT"),
		row("75.2.0.0/17", "GLOBAL", "GLOBALACCELERATOR"),
		row("52.216.0.0/15", "us-east-1", "S3"),
	],
	ipv6_prefixes: [
		{
			ipv6_prefix: "2600:1f18::/36",
			region: "us-east-1",
			network_border_group: "us-east-1",
			service: "AMAZON",
		},
		{ ipv6_prefix: "2600:1f18::/36", region: "us-east-1", network_border_group: "us-east-1", service: "EC2" },
	],
});
