/** The commands by name, for oclif. Add a command: one file in commands/, one line here. */
import Analyze from "./commands/analyze.ts";
import Attribute from "./commands/attribute.ts";

export const COMMANDS = {
	analyze: Analyze,
	attribute: Attribute,
};
