/** Bytes that were never written before: what a release brings. Normal, but for the size of the bill. */
import { MINUTE_MS } from "../due.ts";
import { eventText } from "../event-text.ts";
import {
  candidate,
  counted,
  type Evidence,
  eventOf,
  markCommand,
  namesOf,
  percent,
  prefixesOf,
  type Rule,
  shareOf,
  type WindowFill,
} from "./evidence.ts";

/** Beyond what one tick and a late publish move, and so no schedule. */
const IRREGULAR_MS = 2 * MINUTE_MS;

/** Releases that follow each other faster are one release in several steps. */
const LEAST_PERIOD_MS = 10 * MINUTE_MS;

const first = ({ fills }: Evidence): WindowFill[] => fills.filter(({ reason }) => reason === "first");

/** Names that stood for nothing before. */
export const onboarding: Rule = (evidence) => {
  const fills = first(evidence).filter(({ state }) => state.before === undefined);
  const share = shareOf(fills, evidence);
  const mark = eventOf(evidence, "onboarding");
  const release = mark ?? eventOf(evidence, "publish", "deploy");
  const isExpected = evidence.live.length <= evidence.expectedPrefixes;
  return candidate(
    "onboarding",
    share * ((isExpected ? 0.9 : 0.65) + (mark === undefined ? 0 : 0.05)),
    [
      `${counted(prefixesOf(fills).length, "prompt was", "prompts were")} served for the first time (${namesOf(prefixesOf(fills))}), ${percent(share)} of the fill cost`,
      release && eventText(release, evidence.now),
    ],
    ["warmer status", markCommand("onboarding", evidence)],
  );
};

/** Other bytes under a known name, of the same model. */
export const largeManifestChange: Rule = (evidence) => {
  const sameModel = first(evidence).filter(({ state }) => state.before?.model === state.model);
  const share = shareOf(sameModel, evidence);
  const release = eventOf(evidence, "large-merge", "publish", "deploy", "flip", "gate");
  return candidate(
    "large_manifest_change",
    0.9 * share,
    [
      `${counted(prefixesOf(sameModel).length, "prompt has", "prompts have")} other bytes than before (${namesOf(prefixesOf(sameModel))}), ${percent(share)} of the fill cost`,
      release && eventText(release, evidence.now),
    ],
    ["warmer status", markCommand("large-merge", evidence)],
  );
};

/** Changes that come at regular times, or were announced as such. */
export const scheduledRefresh: Rule = (evidence) => {
  const changed = first(evidence).filter(({ state }) => state.before !== undefined);
  const regular = changed.filter(({ state }) => periodOf(state.changedAt ?? []) !== undefined);
  const mark = eventOf(evidence, "scheduled-refresh");
  const share = shareOf(mark === undefined ? regular : changed, evidence);
  const [example] = prefixesOf(regular);
  const period = periodOf(example?.changedAt ?? []);
  return candidate(
    "scheduled_refresh",
    0.95 * share,
    [
      period === undefined
        ? undefined
        : `${namesOf(prefixesOf(regular))} changed every ${Math.round(period / MINUTE_MS)} minutes, the last ${example?.changedAt?.length} times`,
      mark && eventText(mark, evidence.now),
      `${percent(share)} of the fill cost`,
    ],
    ["warmer status", markCommand("scheduled-refresh", evidence)],
  );
};

/** The time between changes, if at least three of them lie equally far apart; ms. */
export function periodOf(changedAt: readonly number[]): number | undefined {
  const gaps = changedAt.slice(1).map((at, i) => at - (changedAt[i] ?? 0));
  const [last] = gaps.slice(-1);
  const recent = gaps.slice(-2);
  if (last === undefined || recent.length < 2) return undefined;
  const isRegular = recent.every((gap) => gap >= LEAST_PERIOD_MS && Math.abs(gap - last) <= IRREGULAR_MS);
  return isRegular ? last : undefined;
}

/** Another model under the same names, all at once. */
export const modelChange: Rule = (evidence) => {
  const fills = first(evidence).filter(
    ({ state }) => state.before !== undefined && state.before.model !== state.model,
  );
  const moved = prefixesOf(fills);
  const share = shareOf(fills, evidence);
  const [example] = moved;
  const mark = eventOf(evidence, "model-change", "publish", "flip");
  return candidate(
    "model_change",
    share * 0.95,
    [
      `${counted(moved.length, "prompt", "prompts")} moved from ${example?.before?.model} to ${example?.model} (${namesOf(moved)}), ${percent(share)} of the fill cost`,
      mark && eventText(mark, evidence.now),
    ],
    ["warmer throttle --max-fills-per-minute 10", markCommand("model-change", evidence)],
  );
};
