/** Names of the settings of `serve`, for commands that share chartcost.yaml with it. Loads nothing else. */
import { entryLists, serverNames } from "./serve/config/names.ts";

export const serveSettingNames: readonly string[] = [...serverNames, ...entryLists];
