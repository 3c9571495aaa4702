/**
 * What a report may assume about the place it is shown in: width, character set, colour, row counts.
 * The commands work it out from flags, terminal and environment; every format below only obeys it.
 */
import pc from "picocolors";

export interface Style {
	/** Columns to fill; 80 when the output is not a terminal. */
	width: number;
	/** False: ASCII only, for locales that are not UTF-8. */
	unicode: boolean;
	color: boolean;
	/** Rows per breakdown asked for with `--top`; `undefined`: as many as fit one screen. */
	top: number | undefined;
	/** How to call chartcost again with the same settings, for commands to copy; without it the dataset answers. */
	again?: Again;
}

export interface Again {
	/** `chartcost`, or `npx chartcost` where that was typed. */
	program: string;
	/** Flags that change answers, ready for a shell; `""` or beginning with a blank. */
	flags: string;
	/** Sources and window, likewise; `""` when the dataset knows them. */
	source: string;
}

export interface Paint {
	bold(text: string): string;
	dim(text: string): string;
	warn(text: string): string;
	accent(text: string): string;
	alarm(text: string): string;
}

/** Functions that colour a text, or leave it alone when the style has no colour. */
export function paint(style: Style): Paint {
	const colors = pc.createColors(style.color);
	const { bold, dim, yellow, cyan, red } = colors;
	return { bold, dim, warn: yellow, accent: cyan, alarm: red };
}

/** Signs that differ between UTF-8 and ASCII. */
export function signs(style: Style): Record<"ellipsis" | "atLeast" | "times" | "dash" | "arrow", string> {
	return style.unicode
		? { ellipsis: "…", atLeast: "≥", times: "×", dash: "–", arrow: "→" }
		: { ellipsis: "..", atLeast: ">=", times: "x", dash: "-", arrow: "->" };
}
