/** From flows to bill lines: what is charged where, in whose words, and what stays unknown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow } from "../../src/model/flow.ts";
import type { NetworkPlace } from "../../src/network/path.ts";
import { bundledBook, overrideBook } from "../../src/price/load.ts";
import { allocateNano, exactCost, toNano, usd } from "../../src/price/money.ts";
import { createPricer, type PricedPlace } from "../../src/price/pricer.ts";

const flow = (operation: string, status = "200", errorCode = "-"): Flow => ({
	bucketOwner: "o",
	bucket: "charts",
	remoteIp: "192.0.2.10",
	requester: "arn:aws:iam::111122223333:user/ci",
	operation,
	status,
	errorCode,
	userAgent: "-",
	signatureVersion: "SigV4",
	cipherSuite: "-",
	authType: "AuthHeader",
	hostHeader: "s3.us-east-1.amazonaws.com",
	tlsVersion: "-",
	accessPointArn: "-",
	aclRequired: "-",
	sourceRegion: undefined,
	listing: 0,
});
const place = (path: PricedPlace["path"], over: Partial<PricedPlace> = {}): PricedPlace => ({
	path,
	viaNat: false,
	accelerated: false,
	...over,
});
const book = bundledBook();
const charged = (
	operation: string,
	where: PricedPlace,
	region = "us-east-1",
	status?: string,
	code?: string,
) => {
	const pricer = createPricer({ book, ownAccounts: [] });
	const indexes = pricer.chargesOf(flow(operation, status, code), region, where);
	return { pricer, lines: indexes.map((index) => pricer.lines[index]!) };
};
const names = (...args: Parameters<typeof charged>) =>
	charged(...args).lines.map(({ usageType }) => usageType);

test("a network place is what the pricer wants", () => {
	const made: NetworkPlace = { ...place("internet"), cluster: "unmapped", why: "ip-ranges" };
	assert.deepEqual(names("REST.GET.OBJECT", made), ["Requests-Tier2", "DataTransfer-Out-Bytes"]);
});

test("each path has its usage type", () => {
	const transfer = (where: PricedPlace) => names("REST.GET.OBJECT", where)[1];
	assert.equal(transfer(place("same-region")), "C3DataTransfer-Out-Bytes");
	assert.equal(transfer(place("vpc-endpoint", { endpoint: "gateway" })), "C3DataTransfer-Out-Bytes");
	assert.equal(transfer(place("aws-service")), "DataTransfer-Regional-Bytes");
	assert.equal(transfer(place("cloudfront")), "CloudFront-Out-Bytes");
	assert.equal(transfer(place("internet")), "DataTransfer-Out-Bytes");
	assert.equal(transfer(place("cross-region", { region: "eu-west-1" })), "USE1-EU-AWS-Out-Bytes");
	assert.equal(transfer(place("unknown")), "unknown");
	assert.equal(transfer(place("cross-region")), "unknown");
});

test("lines carry the words of the bill, unit and price", () => {
	const { lines } = charged("REST.GET.BUCKET", place("internet"));
	assert.deepEqual(lines[0], {
		name: "PUT, COPY, POST, or LIST requests",
		usageType: "Requests-Tier1",
		region: "us-east-1",
		unit: "1,000 requests",
		unitPricePico: 5_000_000n,
		per: "request",
		note: "",
		outsideS3: false,
		confidence: "verified",
		rank: 0,
	});
	assert.equal(lines[1]!.name, "Data transfer out to the internet, first 10 TB / month");
	assert.equal(lines[1]!.unitPricePico, 90_000_000_000n);
	const [, pair] = charged("REST.GET.OBJECT", place("cross-region", { region: "us-east-2" })).lines;
	assert.equal(pair!.name, "Data transfer from us-east-1 to us-east-2");
	assert.equal(pair!.unitPricePico, 10_000_000_000n);
	assert.equal(pair!.note, "secondary source of 2023-04-27");
});

test("what costs nothing is on the bill once, and nowhere else", () => {
	const nat = place("internet", { viaNat: true, accelerated: true });
	for (const [operation, status, code] of [
		["REST.DELETE.OBJECT", "204", "-"],
		["REST.POST.MULTI_OBJECT_DELETE", "200", "-"],
		["S3.EXPIRE.OBJECT", "-", "-"],
		["REST.GET.OBJECT", "503", "SlowDown"],
		["REST.GET.OBJECT", "403", "InvalidAccessKeyId"],
	] as const) {
		const { lines } = charged(operation, nat, "us-east-1", status, code);
		assert.deepEqual(
			lines.map(({ name, unitPricePico }) => [name, unitPricePico]),
			[["Requests that are not billed", 0n]],
		);
	}
	for (const operation of ["REST.COPY.OBJECT_GET", "BATCH.DELETE.OBJECT"]) {
		assert.deepEqual(
			charged(operation, nat).lines.map(({ name }) => name),
			["Log records that are no requests"],
		);
	}
});

test("NAT is its own line outside S3, where the gateway stands, in both directions", () => {
	const { lines, pricer } = charged("REST.GET.OBJECT", place("same-region", { viaNat: true }));
	assert.deepEqual(
		lines
			.slice(2)
			.map(({ name, usageType, per, outsideS3, unitPricePico }) => [
				name,
				usageType,
				per,
				outsideS3,
				unitPricePico,
			]),
		[["Data processed by NAT gateways, downloads", "NatGateway-Bytes", "byteSent", true, 45_000_000_000n]],
	);
	assert.ok(pricer.assumptions.some((sentence) => /hours are not in the log/.test(sentence)));
	const upload = charged(
		"REST.PUT.OBJECT",
		place("cross-region", { region: "eu-west-1", viaNat: true }),
	).lines;
	assert.deepEqual(
		upload.slice(2).map(({ per, region, unitPricePico }) => [per, region, unitPricePico]),
		[
			["byteSent", "eu-west-1", 48_000_000_000n],
			["objectByte", "eu-west-1", 48_000_000_000n],
		],
	);
});

test("an interface endpoint is billed per GB, a gateway endpoint is not", () => {
	assert.deepEqual(names("REST.PUT.OBJECT", place("vpc-endpoint", { endpoint: "interface" })).slice(2), [
		"VpcEndpoint-Bytes",
		"VpcEndpoint-Bytes",
	]);
	assert.equal(names("REST.PUT.OBJECT", place("vpc-endpoint", { endpoint: "gateway" })).length, 2);
});

test("an unknown price is null with a way out, never 0", () => {
	const note = (where: PricedPlace, region: string, index: number, operation = "REST.GET.OBJECT") => {
		const line = charged(operation, where, region).lines[index]!;
		assert.equal(line.unitPricePico, null);
		assert.equal(line.confidence, "unconfirmed");
		return line.note;
	};
	assert.match(
		note(place("internet"), "ca-west-1", 1),
		/^unknown: run `chartcost prices update` or give --prices FILE$/,
	);
	assert.match(note(place("internet"), "moon-north-1", 0), /prices update/);
	assert.match(note(place("unknown"), "us-east-1", 1), /--clusters FILE or --ip-ranges FILE/);
	assert.match(note(place("same-region", { viaNat: true }), "us-west-1", 2), /natGb in --prices FILE/);
	assert.match(
		note(place("internet", { accelerated: true }), "us-east-1", 2),
		/accelerationGb in --prices FILE/,
	);
	assert.match(
		note(place("internet"), "us-east-1", 0, "S3.COMPUTE.OBJECT.CHECKSUM"),
		/operation is not in AWS's list/,
	);
});

test("lines are shared by flows, assumptions are said once and only when they matter", () => {
	const pricer = createPricer({ book, ownAccounts: [] });
	assert.deepEqual(pricer.assumptions, []);
	const first = pricer.chargesOf(
		flow("REST.GET.OBJECT"),
		"us-east-1",
		place("internet", { assumption: "A." }),
	);
	const second = pricer.chargesOf(
		flow("REST.HEAD.OBJECT", "304"),
		"us-east-1",
		place("internet", { assumption: "A." }),
	);
	assert.deepEqual(first, second);
	assert.equal(pricer.lines.length, 2);
	assert.equal(pricer.assumptions.filter((sentence) => sentence === "A.").length, 1);
	assert.equal(pricer.assumptions.filter((sentence) => /100 GB a month/.test(sentence)).length, 1);
	assert.equal(pricer.assumptions.filter((sentence) => /^304/.test(sentence)).length, 1);
	pricer.chargesOf(flow("REST.GET.OBJECT"), "eu-west-1", place("internet"));
	assert.equal(pricer.lines.length, 4);
});

test("prices of --prices are used and marked", async () => {
	const own = await overrideBook(book, "regions: {us-east-1: {requests: {tier2: 0.0000003}}}", "my.yaml");
	const pricer = createPricer({ book: own, ownAccounts: [] });
	const [index] = pricer.chargesOf(flow("REST.GET.OBJECT"), "us-east-1", place("same-region"));
	assert.equal(pricer.lines[index!]!.unitPricePico, 300_000n);
	assert.equal(pricer.lines[index!]!.note, "from --prices");
	assert.deepEqual(pricer.assumptions.slice(0, 1), ["Prices in my.yaml replace those of the price book."]);
});

test("a whole bill: lines add up to the total to the last nano-dollar", () => {
	const pricer = createPricer({ book, ownAccounts: [] });
	const quantities = new Map<number, number>();
	const tally = { request: 1_000_003, byteSent: 123_456_789_012, objectByte: 987_654_321 };
	for (const operation of ["REST.GET.OBJECT", "REST.PUT.OBJECT", "REST.GET.BUCKET", "REST.DELETE.OBJECT"]) {
		for (const where of [place("internet"), place("cross-region", { region: "us-east-2", viaNat: true })]) {
			for (const index of pricer.chargesOf(flow(operation), "us-east-1", where)) {
				quantities.set(index, (quantities.get(index) ?? 0) + tally[pricer.lines[index]!.per]);
			}
		}
	}
	const exact = [...quantities].map(([index, quantity]) => {
		const { per, unitPricePico } = pricer.lines[index]!;
		return exactCost(per, unitPricePico!, quantity);
	});
	const total = toNano(exact.reduce((sum, part) => sum + part, 0n));
	assert.equal(
		allocateNano(exact).reduce((sum, part) => sum + part, 0n),
		total,
	);
	// 4 × 1,000,003 Tier 1, 2 × Tier 2; 3 × 115 GB to the internet at 0.09, to us-east-2 at 0.01, through NAT
	// at 0.045 (us-east-2), there with 0.9 GB of uploads as well.
	const gb = 2 ** 30;
	const expected =
		(4 * 1_000_003 * 5 + 2 * 1_000_003 * 0.4) / 1e6 +
		((3 * tally.byteSent) / gb) * (0.09 + 0.01 + 0.045) +
		(tally.objectByte / gb) * 0.045;
	assert.ok(Math.abs(usd(total) - expected) < 1e-6, `${usd(total)} is not ${expected}`);
});

test("serve's log: S3's requests are charged, and no transfer, as the bytes are not S3's", () => {
	const anywhere = place("unknown", { viaNat: true });
	const { pricer, lines } = charged("SERVE.GET.MISS", anywhere);
	assert.deepEqual(
		lines.map(({ usageType }) => usageType),
		["Requests-Tier2"],
	);
	assert.ok(pricer.assumptions.some((sentence) => sentence.includes("analyze one of the two")));
	assert.deepEqual(names("SERVE.GET.MISS", anywhere, "us-east-1", "404"), ["Requests-Tier2"]);
	// The status is the client's: S3 answered 404 (no such bucket), serve 502.
	assert.deepEqual(names("SERVE.GET.ERROR", anywhere, "us-east-1", "502"), ["Requests-Tier2"]);
	const notModified = charged("SERVE.GET.REVALIDATED", anywhere, "us-east-1", "304").pricer;
	assert.deepEqual(notModified.assumptions, pricer.assumptions);
	assert.deepEqual(names("REST.GET.OBJECT", anywhere).length, 3, "the same place, for S3's own log");
	const hit = charged("SERVE.GET.HIT", anywhere).lines;
	assert.deepEqual(
		hit.map(({ name, unitPricePico }) => [name, unitPricePico]),
		[["Requests that serve answered without S3", 0n]],
	);
});
