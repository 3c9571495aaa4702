/** The dimensions of `--by` and `--where`: public names, in the contract's order. */

export const dimensionNames = [
	"iam-user",
	"requester",
	"session",
	"account",
	"user-agent",
	"client",
	"software",
	"source-ip",
	"cluster",
	"network-path",
	"operation",
	"tier",
	"status",
	"error",
	"key",
	"chart",
	"prefix",
	"bucket",
	"host",
	"auth-type",
	"source-region",
	"hour",
	"day",
] as const;

export type Dimension = (typeof dimensionNames)[number];

/** Dimensions that need the key of a request; all others but the time ones are known per flow. */
export const keyDimensions: ReadonlySet<Dimension> = new Set(["key", "chart", "prefix"]);
export const timeDimensions: ReadonlySet<Dimension> = new Set(["hour", "day"]);
