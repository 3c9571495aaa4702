/**
 * The fields that Helm knows in an index entry, and what they must hold: one value as parsed from YAML or JSON to the
 * value that Helm would have, in the order in which ChartMuseum's API writes it (chart.Metadata, then ChartVersion).
 */

type Kind = "text" | "flag" | "time" | "texts" | "textMap" | "anything" | { listOf: Fields };
type Fields = ReadonlyMap<string, Kind>;

const maintainer: Fields = new Map<string, Kind>([
	["name", "text"],
	["email", "text"],
	["url", "text"],
]);

const dependency: Fields = new Map<string, Kind>([
	["name", "text"],
	["version", "text"],
	["repository", "text"],
	["condition", "text"],
	["tags", "texts"],
	["enabled", "flag"],
	["import-values", "anything"],
	["alias", "text"],
]);

export const entryFields: Fields = new Map<string, Kind>([
	["name", "text"],
	["home", "text"],
	["sources", "texts"],
	["version", "text"],
	["description", "text"],
	["keywords", "texts"],
	["maintainers", { listOf: maintainer }],
	["icon", "text"],
	["apiVersion", "text"],
	["condition", "text"],
	["tags", "text"],
	["appVersion", "text"],
	["deprecated", "flag"],
	["annotations", "textMap"],
	["kubeVersion", "text"],
	["dependencies", { listOf: dependency }],
	["type", "text"],
	["urls", "texts"],
	["created", "time"],
	["removed", "flag"],
	["digest", "text"],
	// Accepted and not used since Helm 2.
	["checksum", "text"],
	["engine", "text"],
	["tillerVersion", "text"],
	["url", "text"],
]);

export const topFields: ReadonlySet<string> = new Set(
	"apiVersion entries generated publicKeys annotations serverInfo".split(" "),
);

/** A value that makes Helm give the whole index up. `message` begins with the field. */
export class ShapeError extends Error {}

export type Shaped = Record<string, unknown>;

/** Only known fields; empty ones are left out. `onUnknown` hears of the others. Throws ShapeError. */
export function shape(value: Shaped, fields: Fields, onUnknown: (field: string) => void): Shaped {
	for (const field of Object.keys(value)) if (!fields.has(field)) onUnknown(field);
	const shaped: Shaped = {};
	for (const [field, kind] of fields) {
		if (!Object.hasOwn(value, field)) continue;
		const held = convert(value[field], kind, field, onUnknown);
		if (held !== undefined) shaped[field] = held;
	}
	return shaped;
}

function convert(value: unknown, kind: Kind, field: string, onUnknown: (field: string) => void): unknown {
	if (value === null || value === undefined) return undefined;
	if (kind === "anything") return value;
	if (kind === "text") return textOf(value, field) || undefined;
	if (kind === "flag") return flagOf(value, field) || undefined;
	if (kind === "time") return timeOf(value, field);
	if (kind === "textMap") return textMapOf(value, field);
	if (!Array.isArray(value)) throw new ShapeError(`${field} is ${nameOf(value)} where a list belongs`);
	if (kind === "texts") return value.map((item) => (item === null ? "" : textOf(item, field)));
	return value.map((item) => {
		if (item === null) return null;
		if (!isMap(item)) throw new ShapeError(`${field} has ${nameOf(item)} where a map belongs`);
		return shape(item, kind.listOf, (unknown) => onUnknown(`${field}[].${unknown}`));
	});
}

/** Helm turns YAML's numbers and truth values into text where text belongs; Helm before 3.13 those of JSON too. */
function textOf(value: unknown, field: string): string {
	if (typeof value === "string") return value;
	if (typeof value === "number" || typeof value === "boolean") return String(value);
	throw new ShapeError(`${field} is ${nameOf(value)} where text belongs`);
}

/** YAML 1.1, which Helm reads, has more words for it than YAML 1.2. */
function flagOf(value: unknown, field: string): boolean {
	if (typeof value === "boolean") return value;
	if (typeof value === "string") {
		if (/^(?:y|yes|on|true)$/i.test(value)) return true;
		if (/^(?:n|no|off|false|)$/i.test(value)) return false;
	}
	throw new ShapeError(`${field} is ${nameOf(value)} where true or false belongs`);
}

const rfc3339 = /^\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Go reads RFC 3339 and nothing else; the text is kept as it is. */
export function timeOf(value: unknown, field: string): string {
	const match = typeof value === "string" ? rfc3339.exec(value) : null;
	const [month, day, hour, minute, second] = (match?.slice(1) ?? []).map(Number);
	const valid =
		match !== null &&
		within(month, 1, 12) &&
		within(day, 1, 31) &&
		within(hour, 0, 23) &&
		within(minute, 0, 59) &&
		within(second, 0, 59);
	if (!valid) throw new ShapeError(`${field} is no RFC 3339 time such as 2024-05-01T12:00:00Z`);
	return value as string;
}

function within(value: number | undefined, low: number, high: number): boolean {
	return value !== undefined && value >= low && value <= high;
}

function textMapOf(value: unknown, field: string): Shaped | undefined {
	if (!isMap(value)) throw new ShapeError(`${field} is ${nameOf(value)} where a map belongs`);
	const keys = Object.keys(value);
	if (keys.length === 0) return undefined;
	// Without a prototype: a key may be called __proto__.
	const texts: Shaped = Object.create(null) as Shaped;
	for (const key of keys) texts[key] = value[key] === null ? "" : textOf(value[key], field);
	return texts;
}

export function isMap(value: unknown): value is Shaped {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function nameOf(value: unknown): string {
	if (value === null || value === undefined) return "nothing";
	if (Array.isArray(value)) return "a list";
	return typeof value === "object" ? "a map" : typeof value === "string" ? "text" : `a ${typeof value}`;
}
