/** What a report format is: two functions from an answer to the whole text of the report, line end included. */
import type { Analysis, Attribution } from "../model/analysis.ts";
import type { Style } from "./style.ts";

export interface Format {
	analysis(analysis: Analysis, style: Style): string;
	attribution(attribution: Attribution, style: Style): string;
}
