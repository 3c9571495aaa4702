/** The built program as a process with everything that it writes kept: `chartcost serve`, or a run that ends by itself. Needs dist/. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));
const waitMs = 30_000;

export interface ProgramOptions {
	args: string[];
	cwd: string;
	env: Record<string, string>;
	/** Of whoever it runs as, where we may choose. */
	uid?: number | undefined;
}

export interface Program {
	child: ChildProcess;
	/** stdout and stderr together. */
	output(): string;
	says(text: string): Promise<void>;
	exit: Promise<number | null>;
}

export function run({ args, cwd, env, uid }: ProgramOptions): Program {
	const child = spawn(process.execPath, [program, "serve", ...args], {
		cwd,
		env: {
			PATH: process.env["PATH"],
			AWS_EC2_METADATA_DISABLED: "true",
			CHARTCOST_DRAIN_DELAY: "0s",
			...env,
		},
		stdio: ["ignore", "pipe", "pipe"],
		...(uid === undefined ? {} : { uid, gid: uid }),
	});
	const watchdog = setTimeout(() => child.kill("SIGKILL"), 60_000);
	let output = "";
	const heard = (chunk: string) => {
		output += chunk;
		child.emit("said");
	};
	child.stdout.setEncoding("utf8").on("data", heard);
	child.stderr.setEncoding("utf8").on("data", heard);
	const exit = once(child, "close").then(([code]) => {
		clearTimeout(watchdog);
		child.emit("said");
		return code as number | null;
	});
	const says = async (wanted: string) => {
		const signal = AbortSignal.timeout(waitMs);
		while (!output.includes(wanted)) {
			if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output}`);
			await once(child, "said", { signal });
		}
	};
	return { child, output: () => output, says, exit };
}

/** Data and admin port of a running server. */
export async function ports(server: Program): Promise<{ data: number; admin: number }> {
	await server.says("listening on ");
	const [data, admin] = [...server.output().matchAll(/https?:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) =>
		Number(port),
	);
	return { data: data ?? 0, admin: admin ?? 0 };
}
