/** Numbers, sizes, money and times as the status page shows them: short, in English, without a locale of the machine. */
import { thousands } from "../../model/units.ts";

/** 1234567 → `1,234,567` */
export function count(value: number): string {
	return thousands(Math.round(value));
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `1.5 GiB` */
export function size(bytes: number): string {
	let value = bytes;
	let unit = 0;
	while (value >= 1024 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	const digits = unit === 0 || value >= 100 ? 0 : 1;
	return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `$12.34`, `$0.0042`, `12.34 CNY`; unknown is a word. Small amounts keep two digits that say something. */
export function money(amount: number | null, currency: string): string {
	if (amount === null) return "unknown";
	const digits = amount === 0 || amount >= 1 ? 2 : Math.min(9, 1 - Math.floor(Math.log10(amount)));
	const text = amount >= 1000 ? count(amount) : amount.toFixed(digits);
	return currency === "USD" ? `$${text}` : `${text} ${currency}`;
}

/** `97.3 %`; `–` of nothing. */
export function percent(part: number, whole: number): string {
	if (whole === 0) return "–";
	const value = (100 * part) / whole;
	// 100 % means all.
	return part < whole && value > 99.9
		? ">99.9 %"
		: `${value.toFixed(value < 10 ? 2 : 1)} %`.replace(".0 ", " ");
}

/** `45 s`, `12 min`, `3 h 20 min`, `5 d 2 h` */
export function duration(seconds: number): string {
	const whole = Math.max(0, Math.floor(seconds));
	if (whole < 60) return `${whole} s`;
	const minutes = Math.floor(whole / 60);
	if (minutes < 60) return `${minutes} min`;
	const hours = Math.floor(minutes / 60);
	if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
	return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
