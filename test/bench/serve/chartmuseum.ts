/**
 * ChartMuseum on the same bucket: it lists the bucket for each index and opens packages of its own.
 * `undefined`: it is not installed (test/peers/install.sh, or on the PATH).
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { firstLine } from "../measure.ts";
import { bucketName } from "./bucket.ts";
import { endOf, ownFolder, type Server, type ServerNeeds } from "./contestants.ts";
import { freePort, listening, serverCore, startOn } from "./machine.ts";

const built = fileURLToPath(new URL("../../../.peers/bin/chartmuseum", import.meta.url));
const program = existsSync(built) ? built : "chartmuseum";

export const chartMuseumVersion = () => firstLine([program, "--version"]);

export async function startChartMuseum({
	s3,
	flags = [],
	core = serverCore,
}: ServerNeeds): Promise<Server | undefined> {
	if ((await chartMuseumVersion()) === undefined) return undefined;
	const folder = ownFolder("chartmuseum");
	const port = await freePort();
	const words = [
		...["--storage=amazon", `--storage-amazon-bucket=${bucketName}`, "--storage-amazon-region=eu-west-1"],
		...[`--storage-amazon-endpoint=${s3.url}`, `--port=${port}`, "--listen-host=127.0.0.1"],
		...flags,
	];
	const started = startOn(core, [program, ...words], {
		AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
		AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
		GIN_MODE: "release",
	});
	await listening(port, started);
	return {
		name: "ChartMuseum",
		port,
		pids: [started.child.pid!],
		command: `chartmuseum ${words
			.join(" ")
			.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:PORT")
			.replace(/port=\d+/, "port=PORT")}`,
		said: started.said,
		stop: endOf([started], folder),
	};
}
