/**
 * The query of an admin request, read strictly: a misspelt parameter must not turn a purge of one chart into another.
 * In: the raw query. Out: values, or a sentence about what is wrong. Keys are decoded by the function that decodes
 * request paths, so that what is purged is what is asked for; `+` is a plus (chart versions have them).
 */
import { decodeTarget } from "../listener/target.ts";
import type { PurgeRequest } from "./operated.ts";

export type Read<T> = { value: T } | { wrong: string };

/** Each name at most once, none but `allowed`. Values stay encoded. */
export function readQuery(query: string, allowed: readonly string[]): Read<Map<string, string>> {
	const values = new Map<string, string>();
	for (const part of query.split("&")) {
		if (part === "") continue;
		const equals = part.indexOf("=");
		const name = equals === -1 ? part : part.slice(0, equals);
		if (!allowed.includes(name)) return { wrong: `Unknown parameter; there are ${allowed.join(", ")}.` };
		if (values.has(name)) return { wrong: `${name} is given twice.` };
		values.set(name, equals === -1 ? "" : part.slice(equals + 1));
	}
	return { value: values };
}

export function readPurge(query: string): Read<PurgeRequest> {
	const read = readQuery(query, ["key", "prefix", "all", "repository"]);
	if ("wrong" in read) return read;
	const repository = decodedName(read.value.get("repository"));
	if (repository === null) return { wrong: "repository is not well encoded." };
	const [key, prefix, all] = ["key", "prefix", "all"].map((name) => read.value.get(name));
	if ([key, prefix, all].filter((value) => value !== undefined).length !== 1)
		return { wrong: "Give exactly one of key=KEY, prefix=PREFIX, all=1." };
	if (all !== undefined)
		return all === "1" ? { value: { repository, all: true } } : { wrong: "all must be 1." };
	const path = decodedPath(key ?? prefix ?? "");
	if (path === undefined)
		return { wrong: `${key === undefined ? "prefix" : "key"} is no path that is served.` };
	return { value: key === undefined ? { repository, prefix: path } : { repository, key: path } };
}

/** Tools write the slashes of a query value as they are or as `%2F`. A prefix may end with one. */
export function decodedPath(encoded: string): string | undefined {
	const slashed = encoded.replace(/%2f/gi, "/");
	const [, path = "", end = ""] = /^\/?(.*?)(\/?)$/s.exec(slashed) ?? [];
	if (path === "" || path.includes("?")) return undefined;
	const target = decodeTarget(`/${path}`);
	return "path" in target ? target.path.slice(1) + end : undefined;
}

/** `null`: broken. */
export function decodedName(encoded: string | undefined): string | undefined | null {
	if (encoded === undefined) return undefined;
	try {
		return decodeURIComponent(encoded);
	} catch {
		return null;
	}
}

/** A whole number from 0 to `max`. */
export function readCount(text: string | undefined, missing: number, max: number): number | undefined {
	if (text === undefined) return missing;
	return /^\d{1,9}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}
