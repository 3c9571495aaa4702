/**
 * `--by` and `--where` to a plan for the rollup: which part of a group each flow, hour and key belongs to, which of
 * the two tables is read, and the names of the groups that come back.
 */
import type { Question } from "./answer.ts";
import type { FlowDimension } from "./facts.ts";
import { GroupNames, isFlowDimension, keyName, timeName } from "./group-names.ts";
import { type Dimension, keyDimensions, timeDimensions } from "./model/dimensions.ts";
import type { Cells } from "./model/flow.ts";
import type { Condition } from "./model/options.ts";
import { type Blocks, type Grouped, type GroupPlan, group } from "./rollup/group.ts";

export async function groupBy(
	question: Question,
	by: readonly Dimension[],
	where: readonly Condition[],
	top: number,
): Promise<Grouped & { names: GroupNames }> {
	const names = new GroupNames(question, by);
	const used = [...by, ...where.map(({ dimension }) => dimension)];
	const needsKeys = used.some((dimension) => keyDimensions.has(dimension));
	const flowTests = where
		.filter(({ dimension }) => isFlowDimension(dimension))
		.map((condition) => ({ dimension: condition.dimension as FlowDimension, test: testOf(condition) }));
	const keyConditions = where.filter(({ dimension }) => keyDimensions.has(dimension));
	const timeConditions = where.filter(({ dimension }) => timeDimensions.has(dimension));
	const keyFilter = keyConditions.length === 0 ? undefined : keyFilterOf(keyConditions);
	const timeFilter = timeConditions.length === 0 ? undefined : timeTest(timeConditions);
	const flowPart = flowTests.length === 0 ? names.flowParts : names.flowParts.slice();
	for (const { dimension, test } of flowTests) {
		const { parts, values } = question.facts.column(dimension);
		const holds = values.map(test);
		for (let flow = 0; flow < flowPart.length; flow++) if (!holds[parts[flow]!]) flowPart[flow] = -1;
	}
	const plan: GroupPlan = {
		flowPart,
		...(names.hoursPerGroup === undefined ? {} : { hoursPerGroup: names.hoursPerGroup }),
		...(needsKeys ? { keys: names.keyParts(keyFilter) } : {}),
		fromSeconds: question.fromSeconds,
		toSeconds: question.toSeconds,
		completeHours: question.completeHours,
		top,
		nameOf: (...parts) => names.name(...parts),
	};
	const needsTime = used.some((dimension) => timeDimensions.has(dimension));
	const source = needsKeys ? question.tallies.hours : needsTime ? question.flowBlocks : question.flowTotals;
	const blocks = timeFilter === undefined ? source : filtered(source, timeFilter);
	return { ...(await group(blocks, question.facts.table, plan)), names };
}

/** Does a value meet the condition? Regular expressions were checked when they were typed. */
function testOf({ operator, value }: Condition): (actual: string) => boolean {
	if (operator === "=") return (actual) => actual === value;
	if (operator === "!=") return (actual) => actual !== value;
	const pattern = new RegExp(value);
	return (actual) => pattern.test(actual);
}

function timeTest(conditions: readonly Condition[]): (hour: number) => boolean {
	const tests = conditions.map((condition) => ({ dimension: condition.dimension, test: testOf(condition) }));
	const known = new Map<number, boolean>();
	return (hour) => {
		let ok = known.get(hour);
		if (ok === undefined) {
			ok = tests.every(({ dimension, test }) => test(timeName(dimension, hour)));
			known.set(hour, ok);
		}
		return ok;
	};
}

/** Rows of other hours get a flow that is in no group: the block is copied without them. */
function filtered(blocks: Blocks, keep: (hour: number) => boolean): Blocks {
	return async function* () {
		for await (const block of blocks()) {
			const perHour = block.grain === "minute" ? 60 : 1;
			const rows: number[] = [];
			for (let row = 0; row < block.rows; row++)
				if (keep(Math.floor(block.time[row]! / perHour))) rows.push(row);
			yield pick(block, rows);
		}
	};
}

/** The rows of a block, copied. */
export function pick<Some extends Cells>(block: Some, rows: readonly number[]): Some {
	const of = <Column extends Int32Array | Float64Array>(column: Column): Column =>
		(column instanceof Int32Array
			? Int32Array.from(rows, (row) => column[row]!)
			: Float64Array.from(rows, (row) => column[row]!)) as Column;
	return {
		...block,
		rows: rows.length,
		flow: of(block.flow),
		time: of(block.time),
		key: block.key.length === 0 ? block.key : of(block.key),
		requests: of(block.requests),
		bytesSent: of(block.bytesSent),
		objectBytes: of(block.objectBytes),
		first: of(block.first),
		last: of(block.last),
	};
}

function keyFilterOf(conditions: readonly Condition[]): (key: string) => boolean {
	const tests = conditions.map((condition) => ({ dimension: condition.dimension, test: testOf(condition) }));
	return (key) => tests.every(({ dimension, test }) => test(keyName(dimension, key)));
}
