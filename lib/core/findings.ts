import { ALARMS, type AlarmName, alarmName, alarmNames, pausingAlarms } from "./alarms.ts";
import type { WarmerConfig } from "./config.ts";
import type { Control } from "./control.ts";
import { provenAt } from "./drill.ts";
import { type ManifestEntry, needOf, tokensOf } from "./manifest.ts";
import { retiresOn } from "./models.ts";
import { formatUsd } from "./money.ts";
import { isPriced, PRICE_TABLE_DATE } from "./prices.ts";
import { worstCase } from "./worst-case.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly verdict: "ok" | "warning" | "problem";
  readonly message: string;
  /** What to do next, where something is wrong. */
  readonly next?: string;
}

/** An alarm as it is deployed. */
export interface DeployedAlarm {
  readonly name: string;
  readonly actionsEnabled: boolean;
  readonly alarmActions: readonly string[];
}

const DAY_MS = 86_400_000;
const PRICES_GROW_OLD_MS = 60 * DAY_MS;
const RETIRES_SOON_MS = 30 * DAY_MS;
const DRILL_GROWS_OLD_MS = 35 * DAY_MS;

export const ok = (check: string, message: string): Finding => ({ check, verdict: "ok", message });
export const problem = (check: string, message: string, next: string): Finding => ({
  check,
  verdict: "problem",
  message,
  next,
});
export const warning = (check: string, message: string, next: string): Finding => ({
  check,
  verdict: "warning",
  message,
  next,
});

/** The limits against what was expected, and against what is really served. */
export function limitFindings(config: WarmerConfig, entries: readonly ManifestEntry[]): Finding[] {
  const { expected, guardrails } = config;
  const need = worstCase(expected, config.concurrency);
  const findings = [
    ok(
      "limits",
      `${formatUsd(guardrails.hourly)} an hour; the expected prefixes need ${formatUsd(need.firstHour)} in their first hour`,
    ),
  ];
  if (entries.length === 0 || !entries.every(({ model }) => isPriced(model))) return findings;
  const real = needOf(entries, config.concurrency);
  const largest = Math.max(...entries.map(tokensOf));
  if (real.firstHour > guardrails.hourly) {
    const message = `the live manifest needs ${formatUsd(real.firstHour)} in its first hour, the limit is ${formatUsd(guardrails.hourly)}`;
    findings.push(
      problem("limits", message, "raise maxHourlyFillCost, or publish fewer or smaller prefixes"),
    );
  } else {
    findings.push(ok("limits", `the live manifest needs ${formatUsd(real.firstHour)} in its first hour`));
  }
  if (entries.length > expected.prefixes || largest > expected.tokensPerPrefix) {
    const message = `the live manifest (${entries.length} prefixes, up to ${largest} tokens) is larger than expected (${expected.prefixes}, ${expected.tokensPerPrefix})`;
    findings.push(warning("limits", message, "correct `expected` in warmer.config.ts and deploy"));
  }
  return findings;
}

export function modelFindings(
  config: WarmerConfig,
  entries: readonly ManifestEntry[],
  now: number,
): Finding[] {
  const models = [...new Set([config.expected.model, ...entries.map((entry) => entry.model)])];
  return models.map((model) => {
    if (!isPriced(model))
      return problem("models", `${model} has no price; it is never touched`, "upgrade this package");
    const retires = retiresOn(model);
    if (retires !== undefined && Date.parse(retires) - now < RETIRES_SOON_MS) {
      return warning(
        "models",
        `${model} may be retired from ${retires} on`,
        "release a prompt for a newer model",
      );
    }
    return ok("models", `${model} is priced and not about to retire`);
  });
}

export function alarmFindings(
  deployed: readonly DeployedAlarm[],
  topicArn: string,
  config: WarmerConfig,
): Finding[] {
  const byName = new Map(deployed.map((alarm) => [alarm.name, alarm]));
  const find = (alarm: AlarmName) => byName.get(alarmName(config.service, config.environment, alarm));
  const findings: Finding[] = [];
  for (const alarm of Object.keys(ALARMS) as AlarmName[]) {
    for (const { name, partition } of alarmNames(config, alarm)) {
      const found = byName.get(name);
      const what = partition === undefined ? alarm : `${alarm}-${partition}`;
      if (found === undefined) findings.push(problem("alarms", `${what} does not exist`, "cdk deploy"));
      else if (!found.actionsEnabled)
        findings.push(problem("alarms", `the actions of ${what} are disabled`, "enable them"));
      else if (!found.alarmActions.includes(topicArn))
        findings.push(problem("alarms", `${what} does not notify the topic`, "cdk deploy"));
    }
  }
  if (config.guardrails.actionOnLimit === "pause_warmer") {
    const pauseActions = (alarm: AlarmName) =>
      find(alarm)
        ?.alarmActions.filter((arn) => arn.includes(":lambda:"))
        .join();
    const drill = pauseActions("Drill");
    for (const alarm of pausingAlarms()) {
      if (pauseActions(alarm) === drill && drill !== "") continue;
      findings.push(
        problem("alarms", `${alarm} does not invoke the pause function as the drill does`, "cdk deploy"),
      );
    }
  }
  return findings.length > 0 ? findings : [ok("alarms", `all ${Object.keys(ALARMS).length} exist and act`)];
}

/** Permissions are not read, they are proven: the drill went the whole way, by both paths. */
export function drillFinding(control: Control | undefined, config: WarmerConfig, now: number): Finding {
  if (config.guardrails.actionOnLimit !== "pause_warmer")
    return ok("drill", "no alarm pauses with this actionOnLimit");
  if (control === undefined)
    return problem("drill", "there is no control item yet", "warmer init --color COLOR");
  const { drill, createdAt } = control;
  const path = (at: number | undefined) => (at === undefined ? "never" : new Date(at).toISOString());
  const message = `heard by the alarm's action ${path(drill?.heardByAction)}, by the rule ${path(drill?.heardByRule)}`;
  const proven = drill?.heardByAction !== undefined && drill.heardByRule !== undefined;
  if (proven && now - provenAt(drill, createdAt) < DRILL_GROWS_OLD_MS) return ok("drill", message);
  return warning("drill", message, "warmer drill, wait three minutes, warmer doctor");
}

export function priceFinding(now: number): Finding {
  const message = `checked on ${PRICE_TABLE_DATE}`;
  return now - Date.parse(PRICE_TABLE_DATE) < PRICES_GROW_OLD_MS
    ? ok("price table", message)
    : warning("price table", `${message}, more than 60 days ago`, "upgrade this package");
}
