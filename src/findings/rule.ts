/** What a rule is: it looks at the scene and says what it found; empty when there is nothing of its kind. */
import type { Finding } from "../model/diagnosis.ts";
import type { Scene } from "./scene.ts";

export interface Rule {
	/** Public: the ids of the contract. */
	id: string;
	find(scene: Scene): Omit<Finding, "id">[];
}
