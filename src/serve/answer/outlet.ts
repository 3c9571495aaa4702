/**
 * Where an answer goes: the seam between what is sent (send.ts) and the three ways out: node:http and node:http2 (node-outlet.ts),
 * and the connection of the fast path (listener/raw-outlet.ts).
 */

export interface Outlet {
	/** The client is gone. */
	readonly isGone: boolean;
	/** Status and raw fields; `close`: the connection ends with this answer. Once, before anything else. */
	head(status: number, fields: readonly string[], close: boolean): void;
	/** Resolves when the client (its kernel, that is) has taken it: `true`; or is gone: `false`. `piece` may be reused then. */
	write(piece: Buffer): Promise<boolean>;
	/** The last piece, or none. Resolves to whether everything was taken. */
	end(piece: Buffer | undefined): Promise<boolean>;
	/** A reset: no client, however careless, takes the body for whole. */
	cut(): void;
}
