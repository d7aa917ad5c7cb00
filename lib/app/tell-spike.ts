import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import type { Diagnosis } from "../core/diagnosis.ts";
import { RESPONSE_TIME } from "../core/fill-cost/spike.ts";
import { isUntold } from "../core/fill-cost/spike-watch.ts";
import { recordSpike } from "../core/incident.ts";
import { windowsAt } from "../core/ledger.ts";
import { spikeNotification } from "../core/notification.ts";
import { placeName } from "../core/partitions.ts";
import { limitIn } from "../core/window-limits.ts";
import { type DiagnosePorts, diagnose } from "./diagnose.ts";
import type { FillHistoryStore, IncidentStore, Notifier } from "./ports.ts";
import type { FillCostWatch } from "./watch-fill-cost.ts";

export interface TellPorts extends DiagnosePorts {
  readonly history: FillHistoryStore;
  readonly incidents: IncidentStore;
  readonly notifier: Notifier;
}

const RUNBOOK = "fill-cost";

/**
 * Tells people once of each level that a spike reaches, with what is known of its cause, and keeps the incident. What
 * SNS does not acknowledge is told again in the next minute.
 *
 * @returns how many notices wait
 */
export async function tellSpike(
  ports: TellPorts,
  config: WarmerConfig,
  control: Control,
  { history, reading }: Pick<FillCostWatch, "history" | "reading">,
  now: number,
): Promise<number> {
  const { watch } = history;
  if (watch === undefined || !isUntold(watch)) return 0;
  const { hour, day } = windowsAt(control.ledger, now);
  const diagnosis = await diagnosed(ports, config, now);
  const { subject, text, chat } = spikeNotification({
    service: config.service,
    environment: placeName(config),
    ...(config.partition !== undefined && { partition: config.partition }),
    level: watch.level,
    responseTime: RESPONSE_TIME[watch.level],
    reading,
    diagnosis,
    incidentId: watch.incident,
    since: watch.since,
    now,
    spend: {
      hour: hour.spent,
      hourlyLimit: limitIn(hour, config.guardrails.hourly),
      day: day.spent,
      dailyLimit: limitIn(day, config.guardrails.daily),
    },
    runbook: `${config.runbooks}/${RUNBOOK}.md`,
  });
  const suspected = diagnosis.candidates.map(
    ({ cause, confidence }) => `${cause} (${Math.round(100 * confidence)} %)`,
  );
  const known = await ports.incidents.get(watch.incident);
  const spent = { hourSpent: hour.spent, daySpent: day.spent };
  await ports.incidents.put(
    recordSpike(known, watch, `fill cost ${watch.level}: ${suspected.join(", ")}`, spent),
  );
  const isTold = await ports.notifier.send({
    subject,
    message: text,
    aboutLimit: false,
    level: watch.level,
    chat,
  });
  if (!isTold) return 1;
  await ports.history.write({ ...history, watch: { ...watch, told: watch.level } });
  return 0;
}

/** A spike whose cause cannot be looked up is told all the same. */
async function diagnosed(ports: TellPorts, config: WarmerConfig, now: number): Promise<Diagnosis> {
  try {
    return await diagnose(ports, config, now);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    const evidence = [`the diagnosis failed: ${why}`];
    return {
      from: now,
      to: now,
      fillCost: 0,
      fills: 0,
      unexpected: 0,
      failed: 0,
      candidates: [{ cause: "unknown", confidence: 0, evidence, next: ["warmer diagnose"] }],
      events: [],
    };
  }
}
