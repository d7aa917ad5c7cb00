import { candidate, percent, type Rule } from "./evidence.ts";

/** Fewer requests than this tell nothing. */
const LEAST_REQUESTS = 10;

/** Some requests bring documents of their own; an application whose bytes changed does so with most. */
const LEAST_SHARE = 0.3;

/** The application sends other bytes than the published ones: what is warmed is not what is read. */
export const organicMiss: Rule = ({ application: { requests, unlisted, cold } }) => {
  const share = requests < LEAST_REQUESTS ? 0 : unlisted / requests;
  if (share < LEAST_SHARE) return undefined;
  return candidate(
    "organic_miss",
    0.5 + 0.45 * share,
    [
      `${unlisted} of ${requests} requests of the application (${percent(share)}) have bytes that no manifest lists`,
      `${cold} of them had to write`,
    ],
    ["warmer status", "warmer capture"],
  );
};
