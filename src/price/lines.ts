/**
 * The lines a bill can have, as a registry in display order, in the words and usage types of the AWS bill.
 * A line is made for a Region when the first flow is charged to it; its price comes from the book, and a
 * price that the book does not know stays unknown with a note that says what to do.
 * Usage types: https://docs.aws.amazon.com/AmazonS3/latest/userguide/aws-usage-report-understand.html
 */
import {
	type Figure,
	internetPrice,
	interRegionPrice,
	type PriceBook,
	type RequestRate,
	requestPrice,
	type SingleRate,
	singlePrice,
	usageTypePrefix,
} from "./book.ts";
import type { ChargedPer } from "./money.ts";

/** One line of the bill: what is counted, and what one of it costs. Quantities are added up elsewhere. */
export interface BillLine {
	/** The words of the AWS bill. */
	name: string;
	/** Without the Region prefix; `free` and `unknown` where AWS bills nothing or chartcost cannot tell. */
	usageType: string;
	region: string;
	unit: "1,000 requests" | "GB";
	/** Pico-units of the book's currency per ONE request or per GB; `null` when unknown. */
	unitPricePico: bigint | null;
	/** Which of a flow's quantities counts: records, bytes sent, or bytes of the objects received. */
	per: ChargedPer;
	note: string;
	/** True when the line is on another bill than the bucket's S3 lines: NAT gateway, interface endpoint. */
	outsideS3: boolean;
	confidence: string;
	/** Display order; lines of the same rank are ordered by Region and name. */
	rank: number;
}

interface LineKind {
	name: string;
	usageType: string;
	per: ChargedPer;
	price: (book: PriceBook, region: string, other: string) => Figure;
	/** Shown beside a known price. */
	note?: string;
	/** Shown in place of an unknown price. */
	remedy?: string;
	outsideS3?: true;
	/** A sentence for the report as soon as the line is used. */
	assumption?: string;
}

const free: Figure = { pico: 0n, source: "", confidence: "verified" };
const unpriced: Figure = { pico: null, source: "", confidence: "unconfirmed" };

const refreshRemedy = "unknown: run `chartcost prices update` or give --prices FILE";

const standardClass =
	"All objects are taken to be in S3 Standard: access logs do not name the storage class, and other classes cost more per request.";
const firstTier =
	"Transfer to the internet is priced at the first tier (10 TB a month); the 100 GB a month that are free per account are not subtracted, because the account's other traffic is not in the log.";
const natHours =
	"NAT gateway and endpoint lines hold the data processed only; their hours are not in the log.";

function requests(name: string, usageType: string, rate: RequestRate): LineKind {
	const price = (book: PriceBook, region: string) => requestPrice(book, region, rate);
	const isRefreshed = rate === "tier1" || rate === "tier2";
	const remedy = isRefreshed ? refreshRemedy : `unknown: give it as requests.${rate} in --prices FILE`;
	return {
		name,
		usageType,
		per: "request",
		price,
		remedy,
		...(isRefreshed && { assumption: standardClass }),
	};
}

function processed(name: string, usageType: string, per: ChargedPer, rate: SingleRate): LineKind {
	const price = (book: PriceBook, region: string) => singlePrice(book, region, rate);
	const remedy = `unknown: give it as ${rate} in --prices FILE`;
	return { name, usageType, per, price, remedy, outsideS3: true, assumption: natHours };
}

function accelerated(name: string, usageType: string, per: ChargedPer): LineKind {
	const price = (book: PriceBook, region: string) => singlePrice(book, region, "accelerationGb");
	return { name, usageType, per, price, remedy: "unknown: give it as accelerationGb in --prices FILE" };
}

function freeOf(name: string, usageType: string, per: ChargedPer, note: string): LineKind {
	return { name, usageType, per, price: () => free, note };
}

const kinds = {
	tier1: requests("PUT, COPY, POST, or LIST requests", "Requests-Tier1", "tier1"),
	tier2: requests("GET and all other requests", "Requests-Tier2", "tier2"),
	restoreStandard: requests("Glacier restore requests, standard", "Requests-Tier3", "restoreStandard"),
	toGlacier: requests("Lifecycle requests to Glacier Flexible Retrieval", "Requests-Tier3", "toGlacier"),
	toDeepArchive: requests("Lifecycle requests to Glacier Deep Archive", "Requests-Tier3", "toDeepArchive"),
	toGlacierIr: requests("Lifecycle requests to Glacier Instant Retrieval", "Requests-Tier4", "toGlacierIr"),
	toIntelligentTiering: requests(
		"Lifecycle requests to Intelligent-Tiering",
		"Requests-Tier4",
		"toIntelligentTiering",
	),
	toStandardIa: requests("Lifecycle requests to Standard-IA", "Requests-Tier4", "toStandardIa"),
	toOneZoneIa: requests("Lifecycle requests to One Zone-IA", "Requests-Tier4", "toOneZoneIa"),
	unknownTier: {
		name: "Requests of unknown billing tier",
		usageType: "unknown",
		per: "request",
		price: () => unpriced,
		remedy:
			"unknown: the operation is not in AWS's list; `chartcost attribute --by operation --where tier=unknown`",
	},
	freeRequests: freeOf(
		"Requests that are not billed",
		"free",
		"request",
		"DELETE, lifecycle expiry, 5xx and free error codes",
	),
	fromServe: freeOf(
		"Requests that serve answered without S3",
		"free",
		"request",
		"from its cache, from a fill that others waited for too, or by itself",
	),
	notRequests: freeOf(
		"Log records that are no requests",
		"free",
		"request",
		"copy sources and rows of batch deletes",
	),
	internet: {
		name: "Data transfer out to the internet, first 10 TB / month",
		usageType: "DataTransfer-Out-Bytes",
		per: "byteSent",
		price: internetPrice,
		remedy: refreshRemedy,
		assumption: firstTier,
	},
	interRegion: {
		name: "Data transfer to another Region",
		usageType: "AWS-Out-Bytes",
		per: "byteSent",
		price: interRegionPrice,
		remedy: refreshRemedy,
	},
	unknownPath: {
		name: "Data transfer out, destination unknown",
		usageType: "unknown",
		per: "byteSent",
		price: () => unpriced,
		remedy:
			"unknown: give --clusters FILE or --ip-ranges FILE (`chartcost prices update` fetches the ranges)",
	},
	sameRegion: freeOf(
		"Data transfer to the same Region",
		"C3DataTransfer-Out-Bytes",
		"byteSent",
		"free within a Region",
	),
	awsService: freeOf(
		"Data transfer to AWS services",
		"DataTransfer-Regional-Bytes",
		"byteSent",
		"free within a Region",
	),
	cloudFront: freeOf(
		"Data transfer to CloudFront",
		"CloudFront-Out-Bytes",
		"byteSent",
		"free; CloudFront bills its own transfer",
	),
	accelerationOut: accelerated("Transfer Acceleration, data out", "AWS-Out-ABytes", "byteSent"),
	accelerationIn: accelerated("Transfer Acceleration, data in", "AWS-In-ABytes", "objectByte"),
	natOut: processed("Data processed by NAT gateways, downloads", "NatGateway-Bytes", "byteSent", "natGb"),
	natIn: processed("Data processed by NAT gateways, uploads", "NatGateway-Bytes", "objectByte", "natGb"),
	endpointOut: processed(
		"Data processed by VPC endpoints, downloads",
		"VpcEndpoint-Bytes",
		"byteSent",
		"endpointGb",
	),
	endpointIn: processed(
		"Data processed by VPC endpoints, uploads",
		"VpcEndpoint-Bytes",
		"objectByte",
		"endpointGb",
	),
} satisfies Record<string, LineKind>;

export type LineKindName = keyof typeof kinds;
const ranks = new Map(Object.keys(kinds).map((kind, index) => [kind, index]));

/** The line of a kind in a Region; `other` is the destination Region of `interRegion`. */
export function billLine(book: PriceBook, kind: LineKindName, region: string, other: string): BillLine {
	const { name, usageType, per, price, outsideS3, note, remedy }: LineKind = kinds[kind];
	const figure = price(book, region, other);
	const isPair = other !== "";
	return {
		name: isPair ? `Data transfer from ${region} to ${other}` : name,
		usageType: isPair
			? `${usageTypePrefix(book, region)}-${usageTypePrefix(book, other)}-${usageType}`
			: usageType,
		region,
		unit: per === "request" ? "1,000 requests" : "GB",
		unitPricePico: figure.pico,
		per,
		note:
			figure.pico === null
				? (remedy ?? refreshRemedy)
				: [note, doubt(book, figure)].flatMap((part) => part ?? []).join("; "),
		outsideS3: outsideS3 === true,
		confidence: figure.confidence,
		rank: ranks.get(kind)!,
	};
}

/** The words of the bill for a kind of line. */
export function lineName(kind: LineKindName): string {
	return kinds[kind].name;
}

/** What must be said as soon as a line of this kind is on the bill. */
export function assumptionOf(kind: LineKindName): string | undefined {
	return (kinds[kind] as LineKind).assumption;
}

function doubt(book: PriceBook, { confidence, source }: Figure): string | undefined {
	if (confidence === "override") return "from --prices";
	if (confidence !== "secondary" && confidence !== "weak") return undefined;
	const date = book.sources.get(source)?.date;
	return `${confidence} source${date && date !== "n/a" ? ` of ${date}` : ""}`;
}
