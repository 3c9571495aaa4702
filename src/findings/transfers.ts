/**
 * What bytes cost on their way, by line of the bill: NAT gateways, the internet, other Regions.
 * In: the scene. Out: per kind of line the programs that are charged to it, dearest first.
 */
import type { Program } from "./programs.ts";
import type { Scene } from "./scene.ts";

export interface Transfer {
	program: Program;
	/** Bytes sent in the window. */
	bytes: number;
	/** USD in complete hours of the transfer alone. */
	usd: number;
	requests: number;
}

export type Way = "nat" | "internet" | "cross-region";

export function transfersIn(scene: Scene, way: Way): Transfer[] {
	const found = new Map<number, Transfer>();
	for (let flow = 0; flow < scene.ofFlow.length; flow++) {
		const program = scene.programs[scene.ofFlow[flow]!];
		if (program === undefined || !takes(program, way)) continue;
		const transfer = found.get(program.id) ?? { program, bytes: 0, usd: 0, requests: 0 };
		found.set(program.id, transfer);
		transfer.bytes += scene.sums.bytes[flow]!;
		transfer.requests += scene.sums.requests[flow]!;
		transfer.usd += lineUsd(scene, flow, way);
	}
	return [...found.values()]
		.filter(({ bytes }) => bytes > 0)
		.sort((a, b) => b.usd - a.usd || b.bytes - a.bytes);
}

function takes({ viaNat, networkPath }: Program, way: Way): boolean {
	if (way === "nat") return viaNat;
	return way === "internet" ? networkPath === "internet" : networkPath.startsWith("cross-region");
}

/** Usage types without the Region prefix; between Regions it is `USE1-USW2-AWS-Out-Bytes`. */
const usageTypes: Record<Way, RegExp> = {
	nat: /^NatGateway-Bytes$/,
	internet: /^DataTransfer-Out-Bytes$/,
	"cross-region": /AWS-Out-Bytes$/,
};

function lineUsd({ theCase, sums }: Scene, flow: number, way: Way): number {
	if (sums.settledRequests[flow] === 0) return 0;
	const lines = theCase.lineCosts(
		flow,
		sums.settledRequests[flow]!,
		sums.settledBytes[flow]!,
		sums.settledObjectBytes[flow]!,
	);
	return lines.reduce(
		(sum, { usageType, costUsd }) => sum + (usageTypes[way].test(usageType) ? costUsd : 0),
		0,
	);
}
