// The kernel's door: what the host (rollup/kernel.ts) calls.

export { alloc, free } from "./memory";
export { chunkAddress } from "./rows";
export {
  addGroup, freeGroup, groupParts, groupSize, groupSums, groupSumsSize, newGroup, rankOnly, ranksOf, setKeyPart, sumChosen,
} from "./group";
export {
  addPairs, detailCount, freePairs, keepHour, newPairs, pairsDetails, pairsParts, pairsSize, pairsSums,
} from "./pairs";
export { foldRows, freeRows, newRows, pickRows, rowColumns, rowsSize } from "./block";
