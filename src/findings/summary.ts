/**
 * The diagnosis in one to four sentences: who causes the cost, what changed and when, what still goes wrong, what to
 * do. In: the scene and the findings, worst first. Out: plain text; empty when nothing is wrong and nothing changed.
 */
import type { Finding } from "../model/diagnosis.ts";
import type { Scene } from "./scene.ts";

export function summarize(_scene: Scene, _findings: readonly Finding[]): string {
	return "";
}
