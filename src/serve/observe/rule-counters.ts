/**
 * Counters per repository and rule. Both come from the configuration, so the number of series is bounded by it; a name
 * that is not configured is pooled as `other`, no name is `none`. Finding the counters of a record makes no text.
 */
import type { ServeConfig } from "../config/config.ts";
import { methods, outcomes, statusNames } from "./labels.ts";
import { SavingLedger } from "./savings.ts";
import { TopCharts } from "./top-charts.ts";

/** As labels name them. */
export interface ConfiguredRules {
	/** RepositoryConfig.name */
	repository: string;
	/** Rule.name of its rules. */
	rules: readonly string[];
}

/** ChartMuseum's API is counted as a rule of its own. */
export function configuredRules({ repositories }: Pick<ServeConfig, "repositories">): ConfiguredRules[] {
	return repositories.map(({ name, rules }) => ({
		repository: name,
		rules: [...rules.map((rule) => rule.name), "api"],
	}));
}

export class RuleCounters {
	readonly repository: string;
	readonly rule: string;
	/** By outcome, status and method: see `cellOf`. */
	readonly requests = new Float64Array(outcomes.length * statusNames.length * methods.length);
	readonly saved = new SavingLedger();
	/** Shared by all rules of the repository. */
	readonly top: TopCharts;

	constructor(repository: string, rule: string, top: TopCharts) {
		this.repository = repository;
		this.rule = rule;
		this.top = top;
	}
}

export function cellOf(outcome: number, status: number, method: number): number {
	return (outcome * statusNames.length + status) * methods.length + method;
}

const none = "none";
const pooled = "other";
/** Repositories and rules that are counted apart, also after many reloads with new names. 5 KB each. */
const maxPairs = 2000;

export class RuleTable {
	private readonly byRepository = new Map<string, Map<string, RuleCounters>>();
	private pairs = 0;
	private readonly others: RuleCounters;
	private last: RuleCounters;
	private lastRepository = "";
	private lastRule = "";

	constructor(configured: readonly ConfiguredRules[]) {
		this.others = this.added(pooled, pooled, new TopCharts());
		this.last = this.added(none, none, new TopCharts());
		this.byRepository.set("", new Map([["", this.last]]));
		this.configure(configured);
	}

	/** After a reload: what is new is counted from now on, what is gone keeps its counts. */
	configure(configured: readonly ConfiguredRules[]): void {
		for (const { repository, rules } of configured) {
			const known = this.byRepository.get(repository);
			const top = known?.values().next().value?.top ?? new TopCharts();
			for (const rule of rules) this.added(repository, rule, top);
			this.added(repository, none, top);
		}
	}

	of(repository: string, rule: string): RuleCounters {
		if (rule === this.lastRule && repository === this.lastRepository) return this.last;
		const rules = this.byRepository.get(repository);
		this.last = rules?.get(rule === "" && repository !== "" ? none : rule) ?? this.others;
		this.lastRepository = repository;
		this.lastRule = rule;
		return this.last;
	}

	*all(): Iterable<RuleCounters> {
		for (const [repository, rules] of this.byRepository) if (repository !== "") yield* rules.values();
	}

	private added(repository: string, rule: string, top: TopCharts): RuleCounters {
		const rules = this.byRepository.get(repository) ?? new Map<string, RuleCounters>();
		const known = rules.get(rule);
		if (known !== undefined) return known;
		if (this.pairs >= maxPairs) return this.others;
		const counters = new RuleCounters(repository, rule, top);
		this.pairs++;
		this.byRepository.set(repository, rules.set(rule, counters));
		// What was pooled or unknown until now may have a place.
		this.lastRepository = this.lastRule = "\0";
		return counters;
	}
}
