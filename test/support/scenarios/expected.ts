/**
 * What a scenario plants, in the words of the diagnosis, so that judge.ts can hold an answer against it.
 * Parts of a scenario say what they plant; `together` makes one truth of them.
 */
import type { Draft } from "../log-line.ts";

/** What the evidence of a finding must say; what is left out is not looked at. */
export interface Facts {
	/** In `evidence.requester`, which may be the name or the ARN. */
	requester?: string;
	/** All findings of the id together name every one of these, and nothing but these and `mayIps`. */
	sourceIps?: readonly string[];
	mayIps?: readonly string[];
	/** Anywhere in the finding. */
	mentions?: readonly string[];
	/** In `evidence.cause`, or `evidence.reason`. */
	cause?: RegExp;
	/** Evidence key → value, within 10 %. */
	numbers?: Readonly<Record<string, number>>;
	/** Evidence key → unix seconds, within 90 minutes. */
	times?: Readonly<Record<string, number>>;
	/** In `evidence.from` and `evidence.to`. */
	from?: string;
	to?: string;
	/** The first request of the new version per source, within two minutes. */
	switches?: readonly { sourceIp: string; atSeconds: number; cluster?: string }[];
}

export interface ExpectedFinding {
	id: string;
	/** `warn` is warn or high; how bad a thing is, is for the rules to say. */
	severity: "any" | "info" | "warn";
	facts: Facts;
}

export interface ExpectedChange {
	atSeconds: number;
	withinMinutes: number;
	direction: "up" | "down";
}

export interface Expected {
	findings: ExpectedFinding[];
	changes: ExpectedChange[];
	/** Changes that may be reported and need not be: too small, or a matter of opinion. */
	mayChanges: ExpectedChange[];
	/** Ids that may be warn or high besides. Any id may be info, unless it is in `never`. */
	allowed: string[];
	/** Addresses that findings of these ids may name, and need not. */
	mayName: { ids: readonly string[]; ips: readonly string[] }[];
	/** Ids that must not be there at all. */
	never: string[];
	/** Some finding, or the summary, says so. */
	says: RegExp[];
	/** No single user or address may be named as the cause of a change. */
	hasNoCulprit: boolean;
}

/** An address of the cluster map. */
export interface MapEntry {
	ip: string;
	cluster: string;
	isNat: boolean;
}

export interface Part extends Partial<Expected> {
	drafts: Draft[];
	mapEntries?: MapEntry[];
}

export interface Whole extends Expected {
	drafts: Draft[];
	mapEntries: MapEntry[];
}

export function together(parts: readonly Part[]): Whole {
	const findings = parts.flatMap(({ findings = [] }) => findings);
	const allowed = parts.flatMap(({ allowed = [] }) => allowed);
	const elsewhere = new Set([...allowed, ...findings.map(({ id }) => id)]);
	return {
		drafts: parts.flatMap(({ drafts }) => drafts),
		mapEntries: parts.flatMap(({ mapEntries = [] }) => mapEntries),
		findings: findings.map((wanted) => besides(wanted, findings)),
		changes: parts.flatMap(({ changes = [] }) => changes),
		mayChanges: parts.flatMap(({ mayChanges = [] }) => mayChanges),
		allowed,
		mayName: parts.flatMap(({ mayName = [] }) => mayName),
		// What one part rules out, another may have planted.
		never: parts.flatMap(({ never = [] }) => never).filter((id) => !elsewhere.has(id)),
		says: parts.flatMap(({ says = [] }) => says),
		hasNoCulprit: parts.some(({ hasNoCulprit = false }) => hasNoCulprit),
	};
}

/**
 * Two of a kind may be told in one finding, whose numbers and times are then those of both together. Changes are not:
 * each has a time of its own.
 */
function besides(wanted: ExpectedFinding, all: readonly ExpectedFinding[]): ExpectedFinding {
	const isAlone = all.filter(({ id }) => id === wanted.id).length === 1;
	if (isAlone || wanted.facts.times?.["time"] !== undefined) return wanted;
	const { numbers: _, times: __, ...facts } = wanted.facts;
	return { ...wanted, facts };
}

/** The change that a client makes which comes or goes. */
export function changeAt(
	atSeconds: number,
	direction: ExpectedChange["direction"],
	withinMinutes = 90,
): ExpectedChange {
	return { atSeconds, direction, withinMinutes };
}

export function clustersYaml(entries: readonly MapEntry[]): string {
	const clusters = new Map<string, MapEntry[]>();
	for (const entry of entries) clusters.set(entry.cluster, [...(clusters.get(entry.cluster) ?? []), entry]);
	return [...clusters]
		.map(([name, addresses]) => {
			const ips = addresses.map(({ ip }) => JSON.stringify(ip)).join(", ");
			const nat = addresses.some(({ isNat }) => isNat) ? "  nat: true\n" : "";
			return `${name}:\n  ips: [${ips}]\n${nat}`;
		})
		.join("");
}
