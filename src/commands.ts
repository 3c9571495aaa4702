/** The commands by name, for oclif. Add a command: one file in commands/, one line here. */
import Analyze from "./commands/analyze.ts";
import Attribute from "./commands/attribute.ts";
import Compare from "./commands/compare.ts";
import ExportCsv from "./commands/export-csv.ts";
import ExportParquet from "./commands/export-parquet.ts";
import PricesDiff from "./commands/prices-diff.ts";
import PricesShow from "./commands/prices-show.ts";
import PricesUpdate from "./commands/prices-update.ts";
import Query from "./commands/query.ts";
import Rollouts from "./commands/rollouts.ts";
import Serve from "./commands/serve.ts";

export const COMMANDS = {
	analyze: Analyze,
	attribute: Attribute,
	compare: Compare,
	rollouts: Rollouts,
	serve: Serve,
	query: Query,
	"export:parquet": ExportParquet,
	"export:csv": ExportCsv,
	"prices:show": PricesShow,
	"prices:update": PricesUpdate,
	"prices:diff": PricesDiff,
};
