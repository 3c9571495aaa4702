/** From terminal and environment to the style of a report. Pure: everything it looks at is passed in. */
import type { Style } from "../report/style.ts";

const pipedColumns = 80;
/** Narrower than this no table is readable: lines wrap instead. */
const minColumns = 60;
/** Wider lines are harder to read, not easier. */
const maxColumns = 160;

export interface Surroundings {
	isTerminal: boolean;
	columns: number | undefined;
	environment: Readonly<Record<string, string | undefined>>;
}

export function styleOf(surroundings: Surroundings, top: number | undefined): Style {
	const { isTerminal, columns, environment } = surroundings;
	const width = isTerminal ? columns || pipedColumns : pipedColumns;
	return {
		width: Math.min(maxColumns, Math.max(minColumns, width)),
		unicode: isUtf8(environment),
		color: wantsColor(isTerminal, environment),
		top,
	};
}

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, both win over the terminal. */
function wantsColor(isTerminal: boolean, environment: Surroundings["environment"]): boolean {
	if ((environment["NO_COLOR"] ?? "") !== "") return false;
	const forced = environment["FORCE_COLOR"];
	if (forced !== undefined) return forced !== "0" && forced !== "false";
	return isTerminal && environment["TERM"] !== "dumb";
}

/** The first of the locale variables that is set decides (POSIX). With none set, as in containers: UTF-8. */
function isUtf8(environment: Surroundings["environment"]): boolean {
	const locale = [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]].find(
		(value) => value !== undefined && value !== "",
	);
	return locale === undefined || /utf-?8/i.test(locale);
}

/** Progress is for people who watch: never in CI, never on a terminal that cannot redraw a line. */
export function showsProgress({ isTerminal, environment }: Surroundings): boolean {
	const ci = environment["CI"] ?? "";
	return isTerminal && environment["TERM"] !== "dumb" && (ci === "" || ci === "false" || ci === "0");
}
