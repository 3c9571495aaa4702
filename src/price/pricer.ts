/**
 * Tallies to money, per flow: which lines of the bill a flow is charged to.
 * In: a flow, the bucket's Region and the flow's network place. Out: indexes into `lines`; whoever holds the
 * tallies multiplies (money.ts). One record of the log can be charged to several lines, or to a free one.
 */
import type { Flow } from "../model/flow.ts";
import type { PriceBook } from "./book.ts";
import { assumptionOf, type BillLine, billLine, type LineKindName } from "./lines.ts";
import { type Billing, billingOf } from "./tiers.ts";

export type { BillLine } from "./lines.ts";

/** The part of a network place that costs money. `network/path.ts` makes them. */
export interface PricedPlace {
	path:
		| "same-region"
		| "vpc-endpoint"
		| "cross-region"
		| "internet"
		| "cloudfront"
		| "aws-service"
		| "unknown";
	/** The other Region; only for `cross-region`. */
	region?: string;
	viaNat: boolean;
	endpoint?: "gateway" | "interface";
	accelerated: boolean;
	assumption?: string;
}

export interface Pricer {
	/** Grows while flows are charged; an index stays valid. A line may end up with a quantity of 0. */
	readonly lines: readonly BillLine[];
	/** Sentences to print: the book's, then of lines, then of requests; in an order that flows do not decide. */
	readonly assumptions: readonly string[];
	/** Indexes into `lines`. Every flow is charged to exactly one line that counts requests. */
	chargesOf(flow: Flow, bucketRegion: string, place: PricedPlace): readonly number[];
}

/** `ownAccounts`: account ids of the bucket owner and its organization (--own-account); empty when not given. */
export function createPricer(options: { book: PriceBook; ownAccounts: readonly string[] }): Pricer {
	const { book, ownAccounts } = options;
	const lines: BillLine[] = [];
	const indexes = new Map<string, number>();
	const ofLines = new Set<string>();
	const ofRequests = new Set<string>();
	const assume = (sentence: string | undefined) => {
		if (sentence !== undefined) ofRequests.add(sentence);
	};
	const lineIndex = (kind: LineKindName, region: string, other: string): number => {
		const id = `${kind} ${region} ${other}`;
		const known = indexes.get(id);
		if (known !== undefined) return known;
		const sentence = assumptionOf(kind);
		if (sentence !== undefined) ofLines.add(sentence);
		indexes.set(id, lines.length);
		return lines.push(billLine(book, kind, region, other)) - 1;
	};
	const billings = new Map<string, Billing>();
	const billing = (flow: Flow): Billing => {
		// Who asks matters for nothing but a denied request (tiers.ts).
		if (flow.status === "403") return sameBilling(billingOf(flow, ownAccounts));
		const id = `${flow.operation} ${flow.status} ${flow.errorCode}`;
		let known = billings.get(id);
		if (known === undefined) {
			known = billingOf(flow, ownAccounts);
			billings.set(id, known);
		}
		return known;
	};
	const denied = new Map<string, Billing>();
	const sameBilling = (bill: Billing): Billing => {
		const id = `${bill.tier} ${bill.rate} ${bill.free} ${bill.upload} ${bill.proxied} ${bill.assumption}`;
		const known = denied.get(id);
		if (known === undefined) denied.set(id, bill);
		return known ?? bill;
	};
	/** A flow's charges depend on Region, billing and place alone, and of those there are few objects. */
	const charges = new Map<string, Map<Billing, Map<PricedPlace, readonly number[]>>>();
	const chargesAt = (bucketRegion: string, bill: Billing): Map<PricedPlace, readonly number[]> => {
		let ofRegion = charges.get(bucketRegion);
		if (ofRegion === undefined) {
			ofRegion = new Map();
			charges.set(bucketRegion, ofRegion);
		}
		let ofBilling = ofRegion.get(bill);
		if (ofBilling === undefined) {
			ofBilling = new Map();
			ofRegion.set(bill, ofBilling);
		}
		return ofBilling;
	};
	return {
		lines,
		get assumptions() {
			return [...new Set([...book.assumptions, ...[...ofLines].sort(), ...[...ofRequests].sort()])];
		},
		chargesOf(flow, bucketRegion, place) {
			const bill = billing(flow);
			assume(bill.assumption);
			if (bill.tier !== "free") assume(place.assumption);
			const ofPlace = chargesAt(bucketRegion, bill);
			let known = ofPlace.get(place);
			if (known === undefined) {
				known = worked(bill, bucketRegion, place);
				ofPlace.set(place, known);
			}
			return known;
		},
	};

	function worked(bill: Billing, bucketRegion: string, place: PricedPlace): readonly number[] {
		if (bill.tier === "free") return [lineIndex(freeKind(bill), bucketRegion, "")];
		const other = place.path === "cross-region" ? (place.region ?? "") : "";
		// A NAT gateway stands where the caller is, the other lines where the bucket is.
		const natRegion = other === "" ? bucketRegion : other;
		const requestLine = lineIndex(bill.rate ?? "unknownTier", bucketRegion, "");
		if (bill.proxied) return [requestLine];
		const transferLine = lineIndex(transferKind(place), bucketRegion, other);
		const extras = extraKinds(place, bill).map((kind) =>
			lineIndex(kind, kind === "natOut" || kind === "natIn" ? natRegion : bucketRegion, ""),
		);
		return [requestLine, transferLine, ...extras];
	}
}

function freeKind({ free }: Billing): LineKindName {
	if (free === "serve") return "fromServe";
	return free === "copy-source" || free === "batch-delete" ? "notRequests" : "freeRequests";
}

/**
 * What the response body costs at S3. Bodies of unbilled responses are left out altogether, also where a
 * NAT gateway passes them on: they are error texts of some 250 bytes.
 */
function transferKind(place: PricedPlace): LineKindName {
	switch (place.path) {
		case "internet":
			return "internet";
		case "cross-region":
			return place.region === undefined ? "unknownPath" : "interRegion";
		case "unknown":
			return "unknownPath";
		case "cloudfront":
			return "cloudFront";
		case "aws-service":
			return "awsService";
		case "same-region":
		case "vpc-endpoint":
			return "sameRegion";
	}
}

/** What is billed on top of the transfer: acceleration, NAT gateway, interface endpoint. In both directions. */
function extraKinds(place: PricedPlace, { upload }: Billing): LineKindName[] {
	const kinds: LineKindName[] = [];
	if (place.accelerated) kinds.push("accelerationOut", ...(upload ? (["accelerationIn"] as const) : []));
	if (place.viaNat) kinds.push("natOut", ...(upload ? (["natIn"] as const) : []));
	if (place.endpoint === "interface") kinds.push("endpointOut", ...(upload ? (["endpointIn"] as const) : []));
	return kinds;
}
