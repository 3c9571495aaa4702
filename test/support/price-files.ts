/** AWS price files by hand, in the documented shapes: the request feed, Region names, offer index and one transfer offer. */

export const put = "PUT COPY/POST or LIST requests per Requests";
export const get = "GET and all other requests per Requests";
export const row = (price: string) => ({ rateCode: "X", price });

export const goodFeed = () => ({
	manifest: {
		serviceId: "s3",
		hawkFilePublicationDate: "2026-11-19T19:55:14Z",
		currencyCode: "USD",
		source: "s3",
	},
	regions: {
		"US East (N. Virginia)": {
			[put]: row("0.0000051000"),
			[get]: row("0.0000004100"),
			"Standard Storage": row("0.02"),
		},
		"Asia Pacific (New)": { [put]: row("0.0000060000"), [get]: row("0.0000005000") },
		"US East (Boston)": { [put]: row("0.0000060000"), [get]: row("0.0000005000") },
		"A Local Zone": { "Standard Storage": row("0.03") },
		"Nameless (Place)": { [put]: row("0.0000060000"), [get]: row("0.0000005000") },
	} as Record<string, Record<string, { rateCode: string; price: string }>>,
});
export const goodLocations = () => ({
	"US East (N. Virginia)": { name: "US East (N. Virginia)", code: "us-east-1", type: "AWS Region" },
	"Asia Pacific (New)": { name: "Asia Pacific (New)", code: "ap-new-1", type: "AWS Region" },
	"US East (Boston)": { name: "US East (Boston)", code: "us-east-1-bos-1", type: "AWS Local Zone" },
});
export const goodIndex = () => ({
	regions: {
		"us-east-1": {
			regionCode: "us-east-1",
			currentVersionUrl: "/offers/v1.0/aws/AWSDataTransfer/2026/us-east-1/index.json",
		},
		"ap-new-1": {
			regionCode: "ap-new-1",
			currentVersionUrl: "/offers/v1.0/aws/AWSDataTransfer/2026/ap-new-1/index.json",
		},
	},
});

export type Ranges = [begin: string, end: string, usd: string][];
export const term = (sku: string, ranges: Ranges) => ({
	[`${sku}.JRTCKXETXF`]: {
		offerTermCode: "JRTCKXETXF",
		sku,
		priceDimensions: Object.fromEntries(
			ranges.map(([beginRange, endRange, USD], index) => [
				`${sku}.${index}`,
				{ beginRange, endRange, unit: "GB", pricePerUnit: { USD } },
			]),
		),
	},
});
export const schedule: Ranges = [
	["10240", "51200", "0.0850000000"],
	["0", "10240", "0.0910000000"],
	["51200", "Inf", "0.0700000000"],
];
export const goodOffer = (region: string, prefix: string) => ({
	formatVersion: "v1.0",
	offerCode: "AWSDataTransfer",
	publicationDate: "2026-11-18T10:00:00Z",
	products: {
		OUT: product("OUT", {
			transferType: "AWS Outbound",
			toLocation: "External",
			usagetype: `${prefix}DataTransfer-Out-Bytes`,
		}),
		FREE: product("FREE", {
			transferType: "AWS Outbound",
			toLocation: "External",
			usagetype: "Global-DataTransfer-Out-Bytes",
		}),
		PAIR: product("PAIR", interRegion(region, "eu-west-1")),
		ODD: product("ODD", { ...interRegion(region, "eu-west-1"), operation: "Lightsail" }),
		IN: product("IN", { ...interRegion("eu-west-1", region), transferType: "InterRegion Inbound" }),
	} as Record<string, ReturnType<typeof product>>,
	terms: {
		OnDemand: {
			OUT: term("OUT", schedule),
			FREE: term("FREE", [["0", "100", "0.0000000000"]]),
			PAIR: term("PAIR", [["0", "Inf", "0.0210000000"]]),
			ODD: term("ODD", [["0", "Inf", "0.5000000000"]]),
		} as Record<string, ReturnType<typeof term>>,
	},
});
export function product(sku: string, attributes: Record<string, string>) {
	return { sku, productFamily: "Data Transfer", attributes };
}
export function interRegion(fromRegionCode: string, toRegionCode: string) {
	const usagetype = "USE1-EU-AWS-Out-Bytes";
	return {
		transferType: "InterRegion Outbound",
		fromRegionCode,
		toRegionCode,
		toLocationType: "AWS Region",
		usagetype,
		operation: "",
	};
}

export const paths = {
	feed: "/pricing/2.0/meteredUnitMaps/s3/USD/current/s3.json",
	locations: "/locations/1.0/aws/current/locations.json",
	index: "/offers/v1.0/aws/AWSDataTransfer/current/region_index.json",
	virginia: "/offers/v1.0/aws/AWSDataTransfer/2026/us-east-1/index.json",
	newRegion: "/offers/v1.0/aws/AWSDataTransfer/2026/ap-new-1/index.json",
};
