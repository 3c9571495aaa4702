/** The request rate rose for good. */
import type { Rule } from "../rule.ts";
import { changeFindings } from "./request-change.ts";

export const requestSurge: Rule = { id: "request-surge", find: (scene) => changeFindings(scene, "up") };
