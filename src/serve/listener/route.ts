/**
 * From a decoded path to what is asked for: an object of a repository, ChartMuseum's API, or nothing.
 * In: the path of target.ts. Out: a Route; whether the method fits is decided here too, so that every way in agrees.
 * Keys have no `charts/` folder, URLs may (chart-repositories: ChartMuseum serves `/charts/X` for key `X`).
 */
import type { RepositoryConfig } from "../config/config.ts";

export type Route =
	| { kind: "object"; repository: RepositoryConfig; file: string; key: string; type: ObjectType }
	| {
			kind: "api";
			repository: RepositoryConfig /** Behind `charts`: [], [name], [name, version], … */;
			segments: string[];
	  }
	| { kind: "health" }
	| { kind: "info" }
	| { kind: "none" };

export type ObjectType = "index" | "package" | "provenance";

/** S3's limit, in bytes of UTF-8. */
const maxKeyBytes = 1024;

export interface Router {
	route(path: string): Route;
}

/** `api`: whether ChartMuseum's /api routes exist. */
export function createRouter(repositories: readonly RepositoryConfig[], api: boolean): Router {
	// The longest path first: `/a/b` before `/a` before the root.
	const byLength = [...repositories].sort((a, b) => b.path.length - a.path.length);
	const owner = (path: string) => byLength.find((repository) => path.startsWith(`${repository.path}/`));
	return {
		route(path) {
			if (path === "/health") return { kind: "health" };
			if (path === "/info") return { kind: "info" };
			if (api && path.startsWith("/api/")) {
				const asked = apiRoute(path.slice("/api".length), owner);
				if (asked !== undefined) return asked;
			}
			const repository = owner(path);
			if (repository === undefined) return { kind: "none" };
			return objectRoute(repository, path.slice(repository.path.length + 1));
		},
	};
}

/** The API prefix comes before the repository: `/api/org/repo/charts`. */
function apiRoute(path: string, owner: (path: string) => RepositoryConfig | undefined): Route | undefined {
	const repository = owner(path);
	if (repository === undefined) return undefined;
	const [charts, ...segments] = path.slice(repository.path.length + 1).split("/");
	if (charts !== "charts" || segments.length > 3) return undefined;
	return { kind: "api", repository, segments };
}

function objectRoute(repository: RepositoryConfig, rest: string): Route {
	const file = withoutCharts(rest);
	const type = typeOf(file);
	if (type === undefined) return { kind: "none" };
	const key = repository.prefix + file;
	if (Buffer.byteLength(key) > maxKeyBytes) return { kind: "none" };
	return { kind: "object", repository, file, key, type };
}

/** An index read at `/charts/index.yaml` names `charts/X`, which a client then asks for at `/charts/charts/X`. */
function withoutCharts(rest: string): string {
	const once = rest.startsWith("charts/") ? rest.slice("charts/".length) : rest;
	return once.startsWith("charts/") ? once.slice("charts/".length) : once;
}

function typeOf(file: string): ObjectType | undefined {
	if (file === "index.yaml") return "index";
	if (file.includes("/")) return undefined;
	if (file.endsWith(".tgz") && file.length > ".tgz".length) return "package";
	if (file.endsWith(".tgz.prov") && file.length > ".tgz.prov".length) return "provenance";
	return undefined;
}
