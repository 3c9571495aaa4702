/**
 * Many clients who want the same thing: at once (a herd), or slowly. In: a port, a path, how many. Out: when their first bytes
 * came, and whether each got everything.
 */
import { LoadConnection, requestBytes, type Taken } from "./load-connection.ts";
import { summary } from "./pace.ts";

export interface HerdResult {
	/** Behind the first byte of the client that asked first, milliseconds. */
	behindFirstMs: { p50: number; p99: number; max: number };
	firstMs: number;
	wrong: number;
}

export interface CrowdPlan {
	port: number;
	path: string;
	clients: number;
	bodyBytes: number;
}

export async function herd({ port, path, clients, bodyBytes }: CrowdPlan): Promise<HerdResult> {
	const connections = await opened(port, clients);
	const bytes = requestBytes(path);
	const startMs = performance.now();
	const answers = await Promise.all(connections.map((connection) => asked(connection, bytes)));
	for (const connection of connections) connection.close();
	const first = answers[0]!.firstByteMs;
	const behind = summary(
		answers.map(({ firstByteMs }) => firstByteMs - first),
		0,
	);
	const wrong = answers.filter((answer) => isWrong(answer, bodyBytes)).length;
	return { behindFirstMs: behind, firstMs: first - startMs, wrong };
}

/** All take some of the body and then nothing for `holdMs`; then they read on to its end. */
export async function slowReaders(
	plan: CrowdPlan & { holdMs: number },
	held: () => void,
): Promise<{ wrong: number }> {
	const connections = await opened(plan.port, plan.clients);
	const bytes = requestBytes(plan.path);
	const answers = connections.map((connection) => {
		const answer = asked(connection, bytes);
		connection.pause();
		return answer;
	});
	await new Promise((resolve) => setTimeout(resolve, plan.holdMs));
	held();
	for (const connection of connections) connection.resume();
	const taken = await Promise.all(answers);
	for (const connection of connections) connection.close();
	return { wrong: taken.filter((answer) => isWrong(answer, plan.bodyBytes)).length };
}

async function opened(port: number, clients: number): Promise<LoadConnection[]> {
	const connections = Array.from({ length: clients }, () => new LoadConnection(port));
	await Promise.all(connections.map((connection) => connection.open()));
	return connections;
}

const asked = (connection: LoadConnection, bytes: Buffer) =>
	new Promise<Taken>((resolve) => connection.ask(bytes, resolve));

const isWrong = ({ status, broken, bodyBytes }: Taken, wanted: number) =>
	broken || status !== 200 || bodyBytes !== wanted;
