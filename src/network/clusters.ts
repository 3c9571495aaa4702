/**
 * The cluster map of --clusters: which cluster sits behind an address, and whether a NAT gateway does.
 * In: the text of a yaml, json or csv file (shapes in cluster-file.ts). Out: a lookup by IP.
 * Of overlapping CIDRs the most specific one wins; the same CIDR with two meanings is an error.
 */
import { usageError } from "../model/errors.ts";
import { isRegionCode } from "./aws-region.ts";
import { type RawEntry, readClusterFile } from "./cluster-file.ts";
import { compilePrefixes, type Prefix, parsePrefix } from "./prefixes.ts";

export interface Cluster {
	cluster: string;
	/** True: the address is a NAT gateway's. `undefined`: the file does not say. */
	nat: boolean | undefined;
	/** The AWS Region the address sends from, when the file says so. */
	region?: string;
}

export interface ClusterMap {
	/** As written, in file order; exact repetitions once. */
	readonly entries: readonly (Cluster & { ip: string })[];
	/** The most specific entry that covers the address; IPv4-mapped IPv6 counts as IPv4. */
	clusterOf(ip: string): Cluster | undefined;
}

/** Reads a cluster map. Throws a usage error with file, line or entry, and what to do. */
export function loadClusters(text: string, fileName: string): ClusterMap {
	const raw = readClusterFile(text, fileName);
	if (raw.length === 0) {
		throw usageError(`${fileName}: holds no entry`, "Add one line per address: ip,cluster,nat.");
	}
	const seen = new Map<string, { where: string; value: Cluster & { ip: string }; prefix: Prefix }>();
	for (const entry of raw) {
		const { prefix, value } = checked(entry, fileName);
		const id = `${prefix.first}/${prefix.bits}`;
		const earlier = seen.get(id);
		if (earlier === undefined) seen.set(id, { where: entry.where, value, prefix });
		else if (!sameMeaning(earlier.value, value)) {
			throw usageError(
				`${fileName}: ${entry.where}: ${value.ip} is ${words(value)}, but ${earlier.where} says ${words(earlier.value)}`,
				"Keep one of the two, or give the smaller part its own CIDR.",
			);
		}
	}
	const rows = [...seen.values()];
	const table = compilePrefixes(rows.map(({ prefix, value }) => ({ prefix, value: withoutIp(value) })));
	return { entries: rows.map((row) => row.value), clusterOf: table.lookup };
}

function checked(entry: RawEntry, fileName: string): { prefix: Prefix; value: Cluster & { ip: string } } {
	const place = `${fileName}: ${entry.where}`;
	if (typeof entry.ip !== "string" || entry.ip.trim() === "") {
		throw usageError(`${place} names no address`, "Give ip: an IPv4 or IPv6 address or a CIDR.");
	}
	const ip = entry.ip.trim();
	const prefix = parsePrefix(ip);
	if (prefix === undefined) {
		throw usageError(
			`${place}: "${ip}" is no IP address and no CIDR`,
			"Write it as 192.0.2.10, 10.0.0.0/8 or 2001:db8::/32.",
		);
	}
	const cluster = typeof entry.cluster === "number" ? String(entry.cluster) : entry.cluster;
	if (typeof cluster !== "string" || cluster.trim() === "") {
		throw usageError(`${place} names no cluster for ${ip}`, "Give cluster: the name to show in reports.");
	}
	const region = emptyAsMissing(entry.region);
	if (region !== undefined && (typeof region !== "string" || !isRegionCode(region))) {
		throw usageError(`${place}: "${String(region)}" is no AWS Region`, "Write it as us-east-1.");
	}
	const value = { ip, cluster: cluster.trim(), nat: natFlag(entry.nat, place) };
	return { prefix, value: region === undefined ? value : { ...value, region } };
}

function natFlag(value: unknown, place: string): boolean | undefined {
	const flag = emptyAsMissing(value);
	if (flag === undefined || typeof flag === "boolean") return flag;
	const word = String(flag).toLowerCase();
	if (["true", "yes", "1"].includes(word)) return true;
	if (["false", "no", "0"].includes(word)) return false;
	throw usageError(
		`${place}: nat is "${String(flag)}"`,
		"Write true when a NAT gateway sends from the address, else false.",
	);
}

function emptyAsMissing(value: unknown): unknown {
	const bare = typeof value === "string" ? value.trim() : value;
	return bare === "" || bare === null ? undefined : bare;
}

function sameMeaning(a: Cluster, b: Cluster): boolean {
	return a.cluster === b.cluster && a.nat === b.nat && a.region === b.region;
}

function words({ cluster, nat, region }: Cluster): string {
	const extras = [nat === undefined ? [] : [`nat ${nat}`], region === undefined ? [] : [region]].flat();
	return extras.length === 0 ? `"${cluster}"` : `"${cluster}" (${extras.join(", ")})`;
}

function withoutIp({ cluster, nat, region }: Cluster): Cluster {
	return region === undefined ? { cluster, nat } : { cluster, nat, region };
}
