/**
 * `--by` and `--where` to a plan for the rollup: which part of a group each flow, hour and key belongs to, which of
 * the two tables is read, and the names of the groups that come back.
 */
import type { Question } from "./answer.ts";
import type { FlowDimension } from "./facts.ts";
import { GroupNames, isFlowDimension, keyName, timeName } from "./group-names.ts";
import { type Dimension, keyDimensions, timeDimensions } from "./model/dimensions.ts";
import type { Block } from "./model/flow.ts";
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
	const flowConditions = where.filter(({ dimension }) => isFlowDimension(dimension));
	const keyConditions = where.filter(({ dimension }) => keyDimensions.has(dimension));
	const timeConditions = where.filter(({ dimension }) => timeDimensions.has(dimension));
	const keyFilter = keyConditions.length === 0 ? undefined : keyFilterOf(keyConditions);
	const timeFilter = timeConditions.length === 0 ? undefined : timeTest(timeConditions);
	const flowPart = Int32Array.from(question.facts.flows, (_, flow) =>
		flowConditions.every((c) => holds(c, question.facts.valueOf(flow, c.dimension as FlowDimension)))
			? names.flowPart(flow)
			: -1,
	);
	const plan: GroupPlan = {
		flowPart,
		...(names.byTime ? { timePart: names.timePart } : {}),
		...(needsKeys ? { keyPart: names.keyPart(keyFilter) } : {}),
		fromSeconds: question.fromSeconds,
		toSeconds: question.toSeconds,
		completeHours: question.completeHours,
		top,
	};
	const source = needsKeys ? question.tallies.hours : question.flowBlocks;
	const blocks = timeFilter === undefined ? source : filtered(source, timeFilter);
	return { ...(await group(blocks, question.facts.table, plan)), names };
}

/** Does the value meet the condition? Regular expressions were checked when they were typed. */
function holds({ operator, value }: Condition, actual: string): boolean {
	if (operator === "=") return actual === value;
	if (operator === "!=") return actual !== value;
	return new RegExp(value, "u").test(actual);
}

function timeTest(conditions: readonly Condition[]): (hour: number) => boolean {
	const known = new Map<number, boolean>();
	return (hour) => {
		let ok = known.get(hour);
		if (ok === undefined) {
			ok = conditions.every((c) => holds(c, timeName(c.dimension, hour)));
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

function pick(block: Block, rows: readonly number[]): Block {
	const ints = (column: Int32Array): Int32Array => Int32Array.from(rows, (row) => column[row]!);
	const doubles = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);
	return {
		grain: block.grain,
		rows: rows.length,
		flow: ints(block.flow),
		time: ints(block.time),
		key: block.key.length === 0 ? block.key : ints(block.key),
		requests: ints(block.requests),
		bytesSent: doubles(block.bytesSent),
		objectBytes: doubles(block.objectBytes),
		first: ints(block.first),
		last: ints(block.last),
	};
}

function keyFilterOf(conditions: readonly Condition[]): (key: string) => boolean {
	return (key) => conditions.every((c) => holds(c, keyName(c.dimension, key)));
}
