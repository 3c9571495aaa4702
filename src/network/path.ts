/**
 * Where a request came from: one flow in, its network path out, because the path decides what a byte costs.
 * The order of the rules is costs.md 4.2, first match wins, with three refinements that matter for money:
 * CloudFront's signed identity comes first, a private address or an endpoint host name is an endpoint even
 * when the source region field repeats the bucket's Region, and the cluster map settles what AWS's lists
 * leave open. What nothing settles is `unknown`, never free.
 */
import { isIPv4, isIPv6 } from "node:net";
import { type Flow, serveRequester } from "../model/flow.ts";
import { isRegionCode } from "./aws-region.ts";
import type { Cluster, ClusterMap } from "./clusters.ts";
import type { IpRange, IpRanges } from "./ip-ranges.ts";

export type NetworkPath =
	| "same-region"
	| "vpc-endpoint"
	| "cross-region"
	| "internet"
	| "cloudfront"
	| "aws-service"
	| "unknown";

export interface NetworkPlace {
	path: NetworkPath;
	/** The other Region; only for `cross-region`. */
	region?: string;
	/** True when the cluster map says that a NAT gateway sends from the address. */
	viaNat: boolean;
	/** Only for `vpc-endpoint`: a gateway endpoint is free, an interface endpoint is billed per GB. */
	endpoint?: "gateway" | "interface";
	/** True when the request went to a Transfer Acceleration host name. */
	accelerated: boolean;
	/** From the cluster map, else `unmapped`. */
	cluster: string;
	/** Which rule decided: a key for tests and `--explain`, not for people. */
	why: string;
	/** What had to be assumed, as a sentence without any text from the log. */
	assumption?: string;
}

/** The inputs of the map and the ranges; both may be missing. */
export interface NetworkKnowledge {
	clusters?: ClusterMap | undefined;
	ranges?: IpRanges | undefined;
}

type Caller = Pick<Flow, "remoteIp" | "requester" | "userAgent" | "hostHeader" | "sourceRegion">;
type Verdict = Pick<NetworkPlace, "path" | "region" | "endpoint" | "why" | "assumption">;

const assumptions = {
	noAwsAddress:
		"Public addresses with the source region `-` are priced as internet transfer; Direct Connect and addresses brought to AWS (BYOIP) look the same. Give them a region in --clusters FILE if they are yours.",
	outsideRanges:
		"Public addresses outside AWS's published ranges are priced as internet transfer; Direct Connect and addresses brought to AWS (BYOIP) look the same. Give them a region in --clusters FILE if they are yours.",
	mappedRegion: "The Region of addresses that AWS's lists do not settle comes from the cluster map.",
	mappedNat:
		"NAT gateways of the cluster map without a region are taken to be in the bucket's Region. Add a region column to --clusters FILE if they are not.",
	privateAddress:
		"Private addresses are taken to come through a gateway endpoint, which is free; an interface endpoint with private DNS looks the same and is billed per GB.",
	cloudFrontAgent:
		"Requests that call themselves Amazon CloudFront are believed; --ip-ranges FILE checks them.",
};

/**
 * The network path of a flow. `bucketRegion` is the Region of the logged bucket. Equal places are one object: a log
 * has thousands of flows, but a handful of places.
 * Without ranges, addresses that neither the log nor the cluster map explains come out as `unknown`.
 */
export function networkPathOf(
	flow: Caller,
	bucketRegion: string | undefined,
	known: NetworkKnowledge,
): NetworkPlace {
	const cluster = known.clusters?.clusterOf(flow.remoteIp);
	const kind = addressKind(flow.remoteIp);
	const verdict =
		serveVerdict(flow) ??
		identityVerdict(flow) ??
		endpointVerdict(flow, kind, bucketRegion) ??
		regionVerdict(flow.sourceRegion, bucketRegion, "source-region-field") ??
		serviceVerdict(flow) ??
		publicVerdict(flow, kind, bucketRegion, cluster, known.ranges);
	return placeOf(verdict, cluster, hostTraits(flow.hostHeader).isAccelerated);
}

const noCluster = {};
/** Verdict → cluster → the place, and the same place reached by acceleration. */
const places = new WeakMap<Verdict, WeakMap<object, Map<boolean, NetworkPlace>>>();

function placeOf(verdict: Verdict, cluster: Cluster | undefined, accelerated: boolean): NetworkPlace {
	const ofVerdict = remembered(places, verdict, () => new WeakMap<object, Map<boolean, NetworkPlace>>());
	const ofCluster = remembered(ofVerdict, cluster ?? noCluster, () => new Map<boolean, NetworkPlace>());
	return remembered(ofCluster, accelerated, () => {
		// Endpoints and services reach S3 without a gateway, whatever a wide CIDR in the map says.
		const mayUseNat = natPaths.has(verdict.path) && verdict !== throughServe;
		const viaNat = mayUseNat && cluster?.nat === true;
		return { ...verdict, viaNat, accelerated, cluster: cluster?.cluster ?? "unmapped" };
	});
}

function remembered<K, V>(
	cache: { get(key: K): V | undefined; set(key: K, value: V): unknown },
	key: K,
	make: () => V,
): V {
	let value = cache.get(key);
	if (value === undefined) {
		value = make();
		cache.set(key, value);
	}
	return value;
}

const natPaths: ReadonlySet<NetworkPath> = new Set(["same-region", "cross-region", "unknown"]);
/** `bucket.vpce-0a1b-2c3d.s3.us-east-1.vpce.amazonaws.com`; a bucket may be called `my-vpce-logs`. */
const interfaceHost = /(?:^|\.)vpce-[0-9a-z-]+\..*\.vpce\.amazonaws\.com(?:\.cn)?(?::\d+)?$/i;
const acceleratedHost = /\.s3-accelerate(?:\.dualstack)?\.amazonaws\.com(?::\d+)?$/i;

/** A log has a handful of host names, and every flow asks; hostile ones must not fill the memory. */
const knownHosts = new Map<string, HostTraits>();
const maxKnownHosts = 1000;

interface HostTraits {
	/** The host of an interface endpoint. */
	isInterface: boolean;
	isAccelerated: boolean;
}

function hostTraits(host = ""): HostTraits {
	let traits = knownHosts.get(host);
	if (traits === undefined) {
		traits = { isInterface: interfaceHost.test(host), isAccelerated: acceleratedHost.test(host) };
		if (knownHosts.size >= maxKnownHosts) knownHosts.clear();
		knownHosts.set(host, traits);
	}
	return traits;
}

/** The value of the `network-path` dimension; `cross-region` carries its Region. */
export function networkPathLabel(place: Pick<NetworkPlace, "path" | "region">): string {
	return place.region === undefined ? place.path : `${place.path}:${place.region}`;
}

const throughServe: Verdict = { path: "unknown", why: "serve-log" };
const cloudFrontIdentity: Verdict = { path: "cloudfront", why: "cloudfront-identity" };
const bucketRegionUnknown: Verdict = { path: "unknown", why: "bucket-region-unknown" };
const service: Verdict = { path: "aws-service", why: "service" };
const interfaceEndpoint: Verdict = { path: "vpc-endpoint", endpoint: "interface", why: "vpce-host" };
const privateAddress: Verdict = {
	path: "vpc-endpoint",
	endpoint: "gateway",
	why: "private-address",
	assumption: assumptions.privateAddress,
};
const notAnAddress: Verdict = { path: "unknown", why: "not-an-address" };
const cloudFrontRange: Verdict = { path: "cloudfront", why: "ip-ranges" };
const cloudFrontAgent: Verdict = {
	path: "cloudfront",
	why: "cloudfront-agent",
	assumption: assumptions.cloudFrontAgent,
};
const awsGlobal: Verdict = { path: "unknown", why: "aws-global" };
const outsideRanges: Verdict = {
	path: "internet",
	why: "outside-ranges",
	assumption: assumptions.outsideRanges,
};
const noAwsAddress: Verdict = {
	path: "internet",
	why: "not-an-aws-address",
	assumption: assumptions.noAwsAddress,
};
const noRanges: Verdict = { path: "unknown", why: "no-ip-ranges" };
const mappedNat: Verdict = { path: "same-region", why: "cluster-map-nat", assumption: assumptions.mappedNat };

/** The address is of serve's client: how serve reaches S3 is not in its log. */
function serveVerdict({ requester }: Caller): Verdict | undefined {
	return requester === serveRequester ? throughServe : undefined;
}

/** Signed by CloudFront (origin access control or identity): S3 to CloudFront is free from every Region. */
function identityVerdict({ requester }: Caller): Verdict | undefined {
	// Runs for every flow: the plain search leaves next to nothing for the expression.
	const isCloudFront =
		requester.includes("cloudfront") &&
		(requester === "svc:cloudfront.amazonaws.com" ||
			/^arn:aws[a-z-]*:iam::cloudfront:user\//.test(requester));
	return isCloudFront ? cloudFrontIdentity : undefined;
}

function regionVerdict(
	from: string | undefined,
	bucketRegion: string | undefined,
	why: string,
): Verdict | undefined {
	if (from === undefined || !isRegionCode(from)) return undefined;
	if (bucketRegion === undefined) return bucketRegionUnknown;
	const known = remembered(regionVerdicts, why, () => new Map<string, Verdict>());
	return from === bucketRegion
		? remembered(known, sameRegion, () => ({ path: "same-region", why }))
		: remembered(known, from, () => ({ path: "cross-region", region: from, why }));
}

/** Witness → the other Region, or `sameRegion`. */
const regionVerdicts = new Map<string, Map<string, Verdict>>();
const sameRegion = "";

function serviceVerdict({ remoteIp, requester }: Caller): Verdict | undefined {
	return remoteIp === "-" || isService(requester) ? service : undefined;
}

function isService(requester: string): boolean {
	return requester.startsWith("svc:") || requester === "AmazonS3" || requester === "AWS Internal";
}

function endpointVerdict(
	flow: Caller,
	kind: AddressKind,
	bucketRegion: string | undefined,
): Verdict | undefined {
	const from = flow.sourceRegion ?? "-";
	// An endpoint lives in the bucket's Region; a field that names another one is the better witness.
	if (isRegionCode(from) && from !== bucketRegion) return undefined;
	if (isService(flow.requester)) return undefined;
	if (hostTraits(flow.hostHeader).isInterface) return interfaceEndpoint;
	return kind === "private" ? privateAddress : undefined;
}

/** What is left: an address that must be explained by AWS's ranges or by the user's map. */
function publicVerdict(
	flow: Caller,
	kind: AddressKind,
	bucketRegion: string | undefined,
	cluster: Cluster | undefined,
	ranges: IpRanges | undefined,
): Verdict {
	if (kind !== "public") return notAnAddress;
	const range = ranges?.lookup(flow.remoteIp);
	const byRange = range && rangeVerdict(range, bucketRegion);
	if (byRange) return byRange;
	// Anyone can claim this user agent, so it counts only where no list can contradict it.
	if (ranges === undefined && flow.userAgent === "Amazon CloudFront") return cloudFrontAgent;
	const byMap = cluster && clusterVerdict(cluster, bucketRegion);
	if (byMap) return byMap;
	if (range !== undefined) return awsGlobal;
	if (ranges !== undefined) return outsideRanges;
	return flow.sourceRegion === "-" ? noAwsAddress : noRanges;
}

function rangeVerdict(range: IpRange, bucketRegion: string | undefined): Verdict | undefined {
	const isCloudFront = range.services.some((service) => service.startsWith("CLOUDFRONT"));
	if (isCloudFront) return cloudFrontRange;
	return regionVerdict(range.region, bucketRegion, "ip-ranges");
}

/** A NAT gateway is always inside AWS, so the map's flag alone rules the internet out. */
function clusterVerdict(cluster: Cluster, bucketRegion: string | undefined): Verdict | undefined {
	const byRegion = regionVerdict(cluster.region, bucketRegion, "cluster-map");
	if (byRegion)
		return remembered(mappedVerdicts, byRegion, () => ({
			...byRegion,
			assumption: assumptions.mappedRegion,
		}));
	return cluster.nat === true ? mappedNat : undefined;
}

/** Verdicts that rest on the map's Region alone, with the sentence that says so. */
const mappedVerdicts = new WeakMap<Verdict, Verdict>();

type AddressKind = "private" | "public" | "none";

/**
 * RFC 1918, RFC 6598, link-local and ULA are private. Anything that no caller can have is `none`.
 * By hand, because it runs for every flow, and these ranges end at the first bytes.
 */
function addressKind(ip: string): AddressKind {
	if (ip.includes(":")) return isIPv6(ip) ? ipv6Kind(ip) : "none";
	if (!isIPv4(ip)) return "none";
	const dot = ip.indexOf(".");
	const a = Number(ip.slice(0, dot));
	const b = Number(ip.slice(dot + 1, ip.indexOf(".", dot + 1)));
	if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return "private";
	if ((a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254)) return "private";
	return a === 0 || a === 127 || (a >= 224 && a < 240) || ip === "255.255.255.255" ? "none" : "public";
}

/** fc00::/7 and fe80::/10 are private, ff00::/8 is multicast; `::ffff:192.0.2.1` is the IPv4 address. */
function ipv6Kind(ip: string): AddressKind {
	const mapped = /^::ffff:([0-9.]+)$/i.exec(ip)?.[1];
	if (mapped !== undefined) return addressKind(mapped);
	if (/^[0:]*:[01]?$/.test(ip)) return "none";
	const head = Number.parseInt(ip, 16);
	if (head >> 9 === 0xfc00 >> 9 || head >> 6 === 0xfe80 >> 6) return "private";
	return head >> 8 === 0xff ? "none" : "public";
}
