/** The request rate fell for good: good news, which somebody should be able to explain. */
import type { Rule } from "../rule.ts";
import { changeFindings } from "./request-change.ts";

export const requestDrop: Rule = { id: "request-drop", find: (scene) => changeFindings(scene, "down") };
