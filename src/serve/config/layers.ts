/**
 * Every place that settings come from, first the one that wins: flag > CHARTCOST_* > --config FILE > ./chartcost.yaml >
 * chartcost.yaml in the user's config folder > AWS_* > default. Out: for each name the first value given, with its place.
 */
import { checked, type Given } from "./given.ts";
import { type Kind, type ServerName, serverKinds, serverNames, type ValueOf } from "./names.ts";

export type Layer = ReadonlyMap<string, Given>;
type Environment = Readonly<Record<string, string | undefined>>;

export interface Found<V> {
	value: V;
	where: string;
	/** Which layer it is from; lower ones win. */
	rank: number;
}

export type Settings = { [N in ServerName]?: Found<ValueOf<(typeof serverKinds)[N]>> };

export function flagLayer(flags: Readonly<Record<string, unknown>>): Layer {
	const layer = new Map<string, Given>();
	for (const name of serverNames) {
		const value = flags[name];
		if (value === undefined) continue;
		const where = name === "api" && value === false ? "--no-api" : `--${name}`;
		layer.set(name, { where, folder: undefined, value: asGiven(value, where) });
	}
	return layer;
}

function asGiven(value: unknown, where: string): Given["value"] {
	if (typeof value === "boolean") return value;
	if (!Array.isArray(value)) return String(value);
	return value.map((item) => ({ where, folder: undefined, value: String(item) }));
}

/** An empty variable is one that a script cleared. */
export function environmentLayer(environment: Environment): Layer {
	const names = serverNames.map((name) => [name, `CHARTCOST_${name.toUpperCase().replaceAll("-", "_")}`]);
	return variables(environment, names as [string, string][]);
}

/** What the AWS CLI and SDKs read. Credentials and AWS_PROFILE are read by their own chain. */
export function awsLayer(environment: Environment): Layer {
	const ignored = /^true$/i.test(environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] ?? "");
	return variables(environment, [
		["region", "AWS_DEFAULT_REGION"],
		["region", "AWS_REGION"],
		...(ignored
			? []
			: ([
					["endpoint-url", "AWS_ENDPOINT_URL"],
					["endpoint-url", "AWS_ENDPOINT_URL_S3"],
				] satisfies [string, string][])),
		["dual-stack", "AWS_USE_DUALSTACK_ENDPOINT"],
		["fips", "AWS_USE_FIPS_ENDPOINT"],
		["ca-bundle", "AWS_CA_BUNDLE"],
	]);
}

/** Of two variables for one name the later one wins. */
function variables(environment: Environment, names: readonly [string, string][]): Layer {
	const layer = new Map<string, Given>();
	for (const [name, variable] of names) {
		const value = environment[variable];
		if (value !== undefined && value !== "") layer.set(name, { where: variable, folder: undefined, value });
	}
	return layer;
}

/** Only the values that win are checked: a wrong one below is nobody's trouble now. */
export function settle(layers: readonly Layer[]): Settings {
	const settings: Partial<Record<ServerName, Found<unknown>>> = {};
	for (const name of serverNames) {
		const rank = layers.findIndex((layer) => layer.has(name));
		const given = layers[rank]?.get(name);
		if (given === undefined) continue;
		const kind: Kind = serverKinds[name];
		settings[name] = { value: checked(kind, given), where: given.where, rank };
	}
	return settings as Settings;
}

/** `repositories:` and `rules:` are taken whole from the first file that has them. */
export function firstList(
	layers: readonly Layer[],
	name: string,
): { given: Given; rank: number } | undefined {
	const rank = layers.findIndex((layer) => layer.has(name));
	const given = layers[rank]?.get(name);
	return given === undefined ? undefined : { given, rank };
}
