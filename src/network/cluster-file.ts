/**
 * Reads a cluster map file (csv, yaml or json) into plain entries, each with its place in the file.
 * Shapes: csv with the header `ip,cluster,nat,region`; a list of `{ip, cluster, nat?, region?}`;
 * a map `cluster: {ips: [...], nat?, region?}`; or simply `ip: cluster`.
 */
import { parse as parseCsv } from "csv-parse/sync";
import { FAILSAFE_SCHEMA, load as parseYaml } from "js-yaml";
import { usageError } from "../model/errors.ts";

/** One address or CIDR as written. Nothing is checked yet but the shape of the file. */
export interface RawEntry {
	/** `line 3` or `entry 2 ("prod")`. */
	where: string;
	ip: unknown;
	cluster: unknown;
	nat: unknown;
	region: unknown;
}

const examples = "for example the csv lines `ip,cluster,nat` and `192.0.2.10,prod,true`";
/** Fields that people keep beside the map; accepted and not used. */
const remarkFields = ["account", "vpc", "note", "comment", "description"];
const ipFields = ["ip", "cidr", "ips", "cidrs"];
const nameFields = ["cluster", "name"];
const knownFields = [...ipFields, ...nameFields, "nat", "region", ...remarkFields];

/** All entries of a file. The format follows the extension; other names are taken by their first character. */
export function readClusterFile(text: string, fileName: string): RawEntry[] {
	const content = text.replace(/^\uFEFF/, "");
	if (/\.csv$/i.test(fileName)) return csvEntries(content, fileName);
	if (/\.json$/i.test(fileName) || /^\s*[{[]/.test(content))
		return treeEntries(jsonTree(content, fileName), fileName);
	if (!/\.ya?ml$/i.test(fileName) && /^\s*"?(ip|cidr|cluster)"?\s*,/i.test(content))
		return csvEntries(content, fileName);
	return treeEntries(yamlTree(content, fileName), fileName);
}

function csvEntries(text: string, fileName: string): RawEntry[] {
	let rows: { record: string[]; info: { lines: number } }[];
	try {
		const options = { info: true, trim: true, comment: "#", comment_no_infix: true, skip_empty_lines: true };
		rows = parseCsv(text, { ...options, relax_column_count: true }) as unknown as typeof rows;
	} catch (error) {
		throw usageError(
			`${fileName}: not readable as csv: ${(error as Error).message}`,
			`Write it as csv, ${examples}.`,
		);
	}
	const [head, ...body] = rows;
	const columns = (head?.record ?? []).map((name) => name.toLowerCase());
	const ipColumn = columns.findIndex((name) => ipFields.includes(name));
	const nameColumn = columns.findIndex((name) => nameFields.includes(name));
	if (ipColumn < 0 || nameColumn < 0) {
		throw usageError(
			`${fileName}: line ${head?.info.lines ?? 1} is not a header with the columns ip and cluster`,
			`Put the header \`ip,cluster,nat\` first, ${examples}.`,
		);
	}
	const unknown = columns.find((name) => !knownFields.includes(name));
	if (unknown !== undefined) throw unknownField(`${fileName}: line ${head?.info.lines ?? 1}`, unknown);
	const natColumn = columns.indexOf("nat");
	const regionColumn = columns.indexOf("region");
	return body.map(({ record, info }) => {
		if (record.length > columns.length) {
			throw usageError(
				`${fileName}: line ${info.lines} has ${record.length} fields, the header has ${columns.length}`,
				"Quote values that contain a comma.",
			);
		}
		return {
			where: `line ${info.lines}`,
			ip: record[ipColumn],
			cluster: record[nameColumn],
			nat: record[natColumn],
			region: record[regionColumn],
		};
	});
}

function jsonTree(text: string, fileName: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw usageError(
			`${fileName}: not readable as JSON: ${(error as Error).message}`,
			"Correct the file; a JSON checker shows the place.",
		);
	}
}

function yamlTree(text: string, fileName: string): unknown {
	try {
		// Failsafe keeps every scalar a string: a cluster may be called 2024, on or 1e3.
		return parseYaml(text, { schema: FAILSAFE_SCHEMA });
	} catch (error) {
		const { reason, mark, message } = error as Error & { reason?: string; mark?: { line: number } };
		const line = mark ? ` at line ${mark.line + 1}` : "";
		throw usageError(
			`${fileName}: not readable as YAML${line}: ${reason ?? message}`,
			"Correct the file; see `chartcost analyze --help` for the shapes.",
		);
	}
}

function treeEntries(tree: unknown, fileName: string): RawEntry[] {
	const root =
		isObject(tree) && Object.keys(tree).length === 1 && isTree(tree["clusters"]) ? tree["clusters"] : tree;
	if (Array.isArray(root))
		return root.flatMap((item, index) => listEntry(item, `entry ${index + 1}`, fileName));
	if (isObject(root)) return Object.entries(root).flatMap(([key, value]) => mapEntry(key, value, fileName));
	throw usageError(
		`${fileName}: holds no list and no map of clusters`,
		`Write one entry per address, ${examples}.`,
	);
}

function listEntry(item: unknown, place: string, fileName: string): RawEntry[] {
	if (!isObject(item))
		throw usageError(
			`${fileName}: ${place} is not of the form {ip, cluster}`,
			`Write {ip: 192.0.2.10, cluster: prod, nat: true}.`,
		);
	checkFields(item, `${fileName}: ${place}`);
	const cluster = item["cluster"] ?? item["name"];
	const where = typeof cluster === "string" ? `${place} ("${cluster}")` : place;
	return addresses(item).map((ip) => ({ where, ip, cluster, nat: item["nat"], region: item["region"] }));
}

/** `key` is an address with its cluster as value, or a cluster with its addresses as value. */
function mapEntry(key: string, value: unknown, fileName: string): RawEntry[] {
	const where = `entry "${key}"`;
	const keyIsAddress = /^[\d.]+(\/\d+)?$/.test(key) || key.includes(":");
	if (keyIsAddress && !isTree(value))
		return [{ where, ip: key, cluster: value, nat: undefined, region: undefined }];
	if (isObject(value)) {
		checkFields(value, `${fileName}: ${where}`);
		const { nat, region } = value;
		if (keyIsAddress) return [{ where, ip: key, cluster: value["cluster"] ?? value["name"], nat, region }];
		return addresses(value).map((ip) => ({ where, ip, cluster: key, nat, region }));
	}
	const ips = Array.isArray(value) ? value : [value];
	return ips.map((ip) => ({ where, ip, cluster: key, nat: undefined, region: undefined }));
}

/** Every address an entry names; one `undefined` when it names none, so that the missing one is reported. */
function addresses(item: Record<string, unknown>): unknown[] {
	const found = ipFields.flatMap((field) => {
		const value = item[field];
		return Array.isArray(value) ? value : value === undefined ? [] : [value];
	});
	return found.length > 0 ? found : [undefined];
}

function checkFields(item: Record<string, unknown>, place: string): void {
	const unknown = Object.keys(item).find((field) => !knownFields.includes(field));
	if (unknown !== undefined) throw unknownField(place, unknown);
}

function unknownField(place: string, field: string): Error {
	return usageError(
		`${place} has the unknown field "${field}"`,
		"Known are ip (or cidr), cluster, nat and region.",
	);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTree(value: unknown): boolean {
	return typeof value === "object" && value !== null;
}
