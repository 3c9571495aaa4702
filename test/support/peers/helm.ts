/**
 * The real Helm with a home of its own: repositories, caches, plugins and keys of nobody else are seen.
 *
 *   const helm = newHelm("helm4");
 *   await helm.ok("repo", "add", "charts", url);           throws with what Helm said unless it exits with 0
 *   const { status, output } = await helm.run("pull", …);
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Finished, run } from "./child.ts";
import { peerProgram } from "./program.ts";

export interface Helm {
	/** Working folder: what is pulled or packaged lands here. */
	readonly folder: string;
	run(...args: string[]): Promise<Finished>;
	ok(...args: string[]): Promise<string>;
	end(): void;
}

export function newHelm(program: "helm3" | "helm4", env: Readonly<Record<string, string>> = {}): Helm {
	const home = mkdtempSync(path.join(tmpdir(), "chartcost-helm-"));
	const folder = path.join(home, "work");
	mkdirSync(folder);
	const homes = {
		HOME: home,
		HELM_CONFIG_HOME: path.join(home, "config"),
		HELM_CACHE_HOME: path.join(home, "cache"),
		HELM_DATA_HOME: path.join(home, "data"),
	};
	const helm = (...args: string[]) =>
		run({ program: peerProgram(program), args, cwd: folder, env: { ...homes, ...env } });
	return {
		folder,
		run: helm,
		async ok(...args) {
			const { status, output } = await helm(...args);
			if (status !== 0) throw new Error(`${program} ${args.join(" ")}: exit ${status}: ${output}`);
			return output;
		},
		end: () => rmSync(home, { recursive: true, force: true }),
	};
}

/** The helm-s3 plugin for this Helm: its program, with the few lines of plugin.yaml that Helm needs. */
export function addHelmS3(helm: Helm): void {
	const plugin = path.join(helm.folder, "../data/plugins/helm-s3");
	mkdirSync(plugin, { recursive: true });
	const program = peerProgram("helm-s3");
	const lines = [
		...["name: s3", "version: 0.17.2", "usage: charts in S3", "description: charts in S3"],
		...[`command: ${program}`, "downloaders:", `- command: "run download"`, "  protocols: [s3]"],
	];
	writeFileSync(path.join(plugin, "plugin.yaml"), `${lines.join("\n")}\n`);
	writeFileSync(path.join(plugin, "run"), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
}
