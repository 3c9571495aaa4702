/**
 * Charts as their authors make them: `helm create`, `helm package`, one signed with a key made for it.
 * Made once per process (gpg and four runs of Helm take about two seconds).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "./child.ts";
import { newHelm } from "./helm.ts";

export interface Charts {
	/** Packages and provenance files: file name → bytes. */
	readonly files: ReadonlyMap<string, Buffer>;
	/** As `helm repo index` writes it: relative URLs. */
	readonly index: string;
	/** For `helm verify --keyring`: the public key. */
	readonly keyring: string;
}

/** `app` in three versions, the first signed, the last with build metadata; `lib` depends on nothing. */
const versions = [
	{ chart: "app", version: "1.0.0", isSigned: true },
	{ chart: "app", version: "1.1.0", isSigned: false },
	{ chart: "app", version: "1.2.0+build.5", isSigned: false },
	{ chart: "web", version: "0.3.1", isSigned: true },
];

let made: Promise<Charts> | undefined;

export function charts(): Promise<Charts> {
	made ??= makeCharts();
	return made;
}

async function makeCharts(): Promise<Charts> {
	const helm = newHelm("helm3");
	const keys = await makeKeys();
	process.once("exit", () => {
		helm.end();
		rmSync(keys.folder, { recursive: true, force: true });
	});
	for (const chart of new Set(versions.map((version) => version.chart))) await helm.ok("create", chart);
	for (const { chart, version, isSigned } of versions) {
		const signing = isSigned ? ["--sign", "--key", keys.name, "--keyring", keys.secret] : [];
		await helm.ok("package", chart, "--version", version, ...signing);
	}
	await helm.ok("repo", "index", ".");
	const names = readdirSync(helm.folder).filter((name) => /\.(tgz|prov)$/.test(name));
	return {
		files: new Map(names.map((name) => [name, readFileSync(path.join(helm.folder, name))])),
		index: readFileSync(path.join(helm.folder, "index.yaml"), "utf8"),
		keyring: keys.public,
	};
}

/** Keyrings in the old form, which is the one that Helm reads. */
async function makeKeys() {
	const folder = mkdtempSync(path.join(tmpdir(), "chartcost-keys-"));
	const name = "Chart Tests";
	const gpg = async (...args: string[]) => {
		const { status, output } = await run({
			program: "gpg",
			args: ["--batch", "--quiet", "--homedir", folder, ...args],
		});
		if (status !== 0) throw new Error(`gpg ${args.join(" ")}: ${output}`);
	};
	const [publicKeys, secretKeys] = [path.join(folder, "public.gpg"), path.join(folder, "secret.gpg")];
	const key = `${name} <charts@example.test>`;
	await gpg("--passphrase", "", "--quick-generate-key", key, "rsa2048", "sign", "never");
	await gpg("--output", publicKeys, "--export");
	await gpg("--output", secretKeys, "--export-secret-keys");
	// gpg has left an agent behind.
	await run({ program: "gpgconf", args: ["--homedir", folder, "--kill", "gpg-agent"] });
	return { folder, name, public: publicKeys, secret: secretKeys };
}
