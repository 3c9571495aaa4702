/**
 * Exact money. Prices are whole pico-dollars (10^-12) per request or per GB of 2^30 bytes, so a cost is a
 * whole number of pico-dollars / 2^30 and can be added in any order without drift. Rounding happens once,
 * to nano-dollars, and `allocateNano` makes the rounded parts add up to the rounded total.
 */
import { bytesPerGb, nanoPerUsd } from "../model/units.ts";

/** Pico-dollars per dollar. */
const picoPerUsd = 1_000_000_000_000n;
const exactPerPico = BigInt(bytesPerGb);
const exactPerNano = exactPerPico * 1000n;

/** What a quantity of a line is counted in; sizes are bytes, prices are per GB. */
export type ChargedPer = "request" | "byteSent" | "objectByte";

/**
 * Cost of a quantity, in pico-dollars / 2^30.
 * `quantity` is a whole number of requests or bytes below 2^53; `pricePico` is per request or per GB.
 */
export function exactCost(per: ChargedPer, pricePico: bigint, quantity: number): bigint {
	const cost = pricePico * BigInt(quantity);
	return per === "request" ? cost * exactPerPico : cost;
}

/** An exact amount, not negative, in whole nano-dollars, half a nano-dollar rounded up. */
export function toNano(exact: bigint): bigint {
	return (exact + exactPerNano / 2n) / exactPerNano;
}

/**
 * Rounds parts so that they add up to the rounded total: each part is rounded down, and the nano-dollars
 * that are left over go to the largest remainders, the earlier part first where they are equal.
 */
export function allocateNano(parts: readonly bigint[]): bigint[] {
	const total = toNano(parts.reduce((sum, part) => sum + part, 0n));
	const rounded = parts.map((part) => part / exactPerNano);
	let left = Number(total - rounded.reduce((sum, part) => sum + part, 0n));
	const remainders = parts.map((part, index) => ({
		index,
		remainder: part - rounded[index]! * exactPerNano,
	}));
	remainders.sort((a, b) =>
		a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
	);
	for (const { index } of remainders) {
		if (left <= 0) break;
		rounded[index]! += 1n;
		left -= 1;
	}
	return rounded;
}

/** Nano-dollars as a number of dollars, for JSON. Exact below 9 million dollars. */
export function usd(nano: bigint): number {
	return Number(nano) / nanoPerUsd;
}

/** A unit price for people and JSON: USD per `units` requests, or per GB. */
export function unitPriceUsd(pricePico: bigint, units = 1): number {
	return Number(decimalOf(pricePico * BigInt(units)));
}

/** The same as a rate: USD of one request or of one byte. For ranking and for sentences; `exactCost` is for bills. */
export function usdPerUnit(per: ChargedPer, pricePico: bigint): number {
	return unitPriceUsd(pricePico) / (per === "request" ? 1 : bytesPerGb);
}

/**
 * Reads a price such as `0.0000045`, `4.5e-6` or the number 0.0000045 as pico-dollars.
 * A number is read by its shortest decimal form, which is what was typed. `undefined` when it is no
 * price: negative, not finite, or finer than a pico-dollar.
 */
export function parsePico(value: string | number): bigint | undefined {
	const match = /^(\d+)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(String(value).trim());
	if (match === null) return undefined;
	const [, whole = "", fraction = "", exponent = "0"] = match;
	const shift = 12 + Number(exponent) - fraction.length;
	const digits = BigInt(whole + fraction);
	if (shift >= 0) return shift > 40 ? undefined : digits * 10n ** BigInt(shift);
	const divisor = 10n ** BigInt(-shift);
	return digits % divisor === 0n ? digits / divisor : undefined;
}

/** Pico-dollars as plain decimal text without trailing zeros: 400000n is "0.0000004". */
export function decimalOf(pico: bigint): string {
	const whole = pico / picoPerUsd;
	const fraction = (pico % picoPerUsd).toString().padStart(12, "0").replace(/0+$/, "");
	return fraction === "" ? `${whole}` : `${whole}.${fraction}`;
}
