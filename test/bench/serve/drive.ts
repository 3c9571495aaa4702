/** Starts serve-driver.ts on the load's core. In: which driver, its plan. Out: its result. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CrowdPlan, HerdResult } from "./crowd.ts";
import { loadCore } from "./machine.ts";
import type { PacePlan, PaceResult } from "./pace.ts";

const script = fileURLToPath(new URL("../serve-driver.ts", import.meta.url));
/** Nothing here takes longer. */
const limitMs = 120_000;

export const drivePace = (plan: PacePlan): Promise<PaceResult> => drive("pace", plan);
export const driveHerd = (plan: CrowdPlan): Promise<HerdResult> => drive("herd", plan);
/** `onHeld` while all readers stand still. */
export const driveSlow = (
	plan: CrowdPlan & { holdMs: number },
	onHeld: () => void,
): Promise<{ wrong: number }> => drive("slow", plan, onHeld);

async function drive<Result>(name: string, plan: unknown, onHeld = () => {}): Promise<Result> {
	const words = ["-c", loadCore, process.execPath, "--import", "tsx", script, name, JSON.stringify(plan)];
	const child = spawn("taskset", words, { stdio: ["ignore", "pipe", "inherit"], timeout: limitMs });
	let result: Result | undefined;
	for await (const line of createInterface({ input: child.stdout })) {
		if (line === "held") onHeld();
		else result = JSON.parse(line) as Result;
	}
	if (result === undefined) throw new Error(`the driver ${name} gave no result`);
	return result;
}
