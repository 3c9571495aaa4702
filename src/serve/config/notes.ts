/**
 * What is allowed and works, but is probably not meant: one sentence each, said at start and by --check.
 */
import { isLoopback } from "../admin/guard.ts";
import type { RepositoryConfig, ServeConfig } from "./config.ts";
import { longNotFoundTtlMs } from "./defaults.ts";
import type { ServeSettings, Surroundings } from "./read.ts";
import { ruleOf } from "./rules.ts";
import { printDuration, printSize } from "./units.ts";

export function notesOn(
	config: ServeConfig,
	files: ServeSettings["files"],
	{ machineMemoryBytes }: Surroundings,
): string[] {
	const { cache, workers, listen, admin, auth, tls } = config;
	const notes: string[] = [];
	if (cache.dir === undefined && cache.memoryBytes === 0)
		notes.push("nothing is kept (no disk tier, no memory tier): every request goes to S3");
	else if (cache.memoryBytes > machineMemoryBytes * 0.6)
		notes.push(`memory ${printSize(cache.memoryBytes)} is more than 60 % of what this process may use`);
	if (cache.optional && cache.dir === undefined)
		notes.push("cache-optional changes nothing: there is no disk tier");
	if (workers > 1 && (listen.port === 0 || admin?.port === 0))
		notes.push("with several workers, port 0 is chosen once for all of them");
	if (admin !== undefined && !isLoopback(admin.host) && files.adminToken === undefined)
		notes.push(
			`the admin port is open to other machines (${admin.host}): without admin-token only health, readiness and metrics answer there`,
		);
	if (auth !== undefined && tls === undefined && !isLoopback(listen.host))
		notes.push("passwords and tokens come over plain HTTP: give tls-cert and tls-key, or put TLS in front");
	notes.push(...config.repositories.flatMap(rulesNotes));
	return [...new Set(notes)];
}

function rulesNotes(repository: RepositoryConfig): string[] {
	const notes: string[] = [];
	for (const rule of repository.rules) {
		if (rule.notFoundTtlMs > longNotFoundTtlMs)
			notes.push(
				`rule ${rule.name}: a chart that is asked for before it is published stays missing for up to ${printDuration(rule.notFoundTtlMs)}, unless the index names it`,
			);
		const hider = rule.match
			.map((glob) => ruleOf(repository, sampleOf(glob)))
			.find((found) => found !== rule);
		if (hider !== undefined && rule.match.length === 1)
			notes.push(`rule ${rule.name} (${rule.match[0]}) is never reached: ${hider.name} comes first`);
	}
	return notes;
}

/** A key that the glob matches. */
function sampleOf(glob: string): string {
	return glob.replace(/^\//, "").replace(/\*+/g, "x").replaceAll("?", "x");
}
