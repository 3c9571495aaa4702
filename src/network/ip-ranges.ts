/**
 * AWS's published address ranges: text of ip-ranges.json in, "which Region and services own this address" out.
 * Rules: https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html. Every range is also listed
 * under AMAZON, services nest inside each other, and addresses brought by customers (BYOIP) are missing.
 */
import { usageError } from "../model/errors.ts";
import { compilePrefixes, type Prefix, parsePrefix } from "./prefixes.ts";

export interface IpRange {
	/** A Region code, or `GLOBAL` for ranges that belong to none. */
	region: string;
	/** Of every range that covers the address: `AMAZON`, `EC2`, `CLOUDFRONT` … in no fixed order. */
	services: readonly string[];
}

export interface IpRanges {
	/** When AWS wrote the file, ISO 8601 in UTC; `undefined` when the file does not say. */
	readonly createdAt: string | undefined;
	/** Rows read, IPv4 and IPv6 together. */
	readonly prefixes: number;
	/** All services named in the file. */
	readonly services: ReadonlySet<string>;
	lookup(ip: string): IpRange | undefined;
}

/** A Region code or `GLOBAL`; loose, so that a new naming scheme does not make the whole file unreadable. */
const regionShape = /^[A-Za-z0-9-]{2,32}$/;
const hint = "Give a copy of https://ip-ranges.amazonaws.com/ip-ranges.json, or leave --ip-ranges away.";

/** Parses and compiles ip-ranges.json. Throws a usage error with the place of the first wrong row. */
export function parseIpRanges(text: string, fileName: string): IpRanges {
	let file: Record<string, unknown>;
	try {
		file = JSON.parse(text) as Record<string, unknown>;
	} catch (error) {
		throw usageError(`${fileName}: not readable as JSON: ${(error as Error).message}`, hint);
	}
	const rows = [
		...rowsOf(file, "prefixes", "ip_prefix", fileName),
		...rowsOf(file, "ipv6_prefixes", "ipv6_prefix", fileName),
	];
	if (rows.length === 0) throw usageError(`${fileName}: holds no prefixes`, hint);
	const table = compilePrefixes(rows, (outer, inner) => ({
		region: inner.region,
		services: [...new Set([...outer.services, ...inner.services])],
	}));
	const services = new Set(rows.flatMap((row) => row.value.services));
	return {
		createdAt: createdAt(file?.["createDate"]),
		prefixes: rows.length,
		services,
		lookup: table.lookup,
	};
}

function rowsOf(
	file: Record<string, unknown> | null,
	list: string,
	field: string,
	fileName: string,
): { prefix: Prefix; value: IpRange }[] {
	const rows = file?.[list] ?? [];
	if (!Array.isArray(rows)) throw usageError(`${fileName}: ${list} is not a list`, hint);
	return rows.map((row: Record<string, unknown> | null, index) => {
		const { [field]: cidr, region, service } = row ?? {};
		const prefix = typeof cidr === "string" ? parsePrefix(cidr) : undefined;
		const isNamed = typeof region === "string" && regionShape.test(region) && typeof service === "string";
		if (prefix === undefined || !isNamed) {
			throw usageError(`${fileName}: ${list}[${index}] has no ${field}, region and service`, hint);
		}
		return { prefix, value: { region, services: [service] } };
	});
}

/** `2026-11-20-22-14-35` as AWS writes it. */
function createdAt(value: unknown): string | undefined {
	const parts = typeof value === "string" ? /^(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)$/.exec(value) : null;
	return parts ? `${parts[1]}T${parts[2]}:${parts[3]}:${parts[4]}Z` : undefined;
}
