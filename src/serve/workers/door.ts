/**
 * The one listening socket: connections come in, each goes to the process with the fewest. Not shared among the processes, since then
 * whichever wakes first takes all that wait, and clients keep connections for long.
 * In: an address. Out: sockets nobody has read from yet. A process that is gone costs no connection that it has not taken.
 */
import net from "node:net";
import type { Address } from "../config/config.ts";

export interface Seat {
	/** Connections it has, as far as is known. */
	readonly connections: number;
	/** Never throws. */
	take(socket: net.Socket): void;
}

export interface DoorOptions {
	listen: Address;
	/** Of all processes together. */
	maxConnections: number;
	/** Those that take connections now. */
	seats(): readonly Seat[];
	/** Who takes them when there are none. */
	last: Seat;
	onDropped(): void;
	onError(message: string): void;
}

export interface Door {
	readonly address: Address;
	/** A connection that was not taken after all. */
	again(socket: net.Socket): void;
	/** No new connections. */
	close(): void;
}

/** Rejects with the error of listen(2). */
export async function openDoor(options: DoorOptions): Promise<Door> {
	const { listen } = options;
	// Half-closed clients still get their answers; noDelay stays with the socket.
	const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) =>
		seat(socket, options),
	);
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen({ host: listen.host, port: listen.port, backlog: 1024 }, () => {
			server.off("error", reject);
			// What comes later (EMFILE at accept) passes.
			server.on("error", (error) => options.onError(error.message));
			resolve();
		});
	});
	const { address, port } = server.address() as net.AddressInfo;
	return {
		address: { host: address, port },
		again: (socket) => seat(socket, options),
		// It would call back when the last connection of all processes is closed: they tell that themselves.
		close: () => server.close(),
	};
}

function seat(socket: net.Socket, { seats, last, maxConnections, onDropped }: DoorOptions): void {
	let best: Seat | undefined;
	let connections = last.connections;
	for (const candidate of seats()) {
		connections += candidate.connections;
		if (best === undefined || candidate.connections < best.connections) best = candidate;
	}
	if (connections >= maxConnections) {
		onDropped();
		socket.destroy();
		return;
	}
	(best ?? last).take(socket);
}
