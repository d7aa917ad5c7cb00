/**
 * The default event bus and its rules. A schedule fires once in each of its minutes, at a second that EventBridge
 * does not promise and that is here a hash of seed, rule and minute.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
 */
import { ACCOUNT, REGION, secondsIso } from "../account.ts";
import { fraction, uuidOf } from "../deterministic.ts";
import type { Journal } from "../journal.ts";
import type { ResolvedTemplate, Resource } from "../template.ts";
import { type EventQueue, rank } from "../virtual-clock.ts";
import { compilePattern, type Matcher } from "./event-pattern.ts";
import type { LambdaService } from "./lambda-service.ts";
import type { Sqs } from "./sqs.ts";

/** From a change to the invocation that it causes. AWS gives no figure; half a second is what it mostly takes. */
const DELIVERY_MS = 500;
const MINUTE_MS = 60_000;

/** What a service tells the bus. */
export interface BusEvent {
  readonly at: number;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

interface Rule {
  readonly resource: Resource<"AWS::Events::Rule">;
  readonly arn: string;
  readonly matches: Matcher | undefined;
  readonly everyMinutes: number | undefined;
  /** The minute from which the schedule counts. */
  readonly since: number;
  enabled: boolean;
}

export interface Events {
  /**
   * Takes over a template's rules; a rule that did not change is left as it is. The first tick of a new schedule is in
   * the first minute that begins after this instant.
   */
  deploy(template: ResolvedTemplate, at: number): void;
  /** Tells every rule whose pattern matches. */
  emit(event: BusEvent): void;
  /** Plans the ticks of all schedules in the minute that begins now. */
  planMinute(minuteStart: number): void;
  /** What `aws events disable-rule` and `enable-rule` do. @param rule logical id */
  setEnabled(rule: string, enabled: boolean): void;
  /** Loses all events of this detail type until the returned function is called. */
  loseEvents(detailType: string): () => void;
}

export function createEvents(deps: {
  readonly seed: string;
  readonly journal: Journal;
  readonly queue: Pick<EventQueue, "schedule">;
  readonly lambda: Pick<LambdaService, "invokeAsService">;
  readonly sqs: Pick<Sqs, "sendAsService">;
}): Events {
  let rules: readonly Rule[] = [];
  const lost = new Map<string, number>();

  const plan = (rule: Rule, at: number, envelope: Envelope) => {
    for (const target of rule.resource.properties.Targets) {
      const run = () => {
        if (!rule.enabled) return;
        const payload: unknown = target.Input === undefined ? envelope : JSON.parse(target.Input);
        const invocation = {
          at,
          function: target.Arn,
          principal: "events.amazonaws.com",
          sourceArn: rule.arn,
          trigger: `rule ${rule.resource.logicalId}`,
          payload,
        };
        const accepted = deps.lambda.invokeAsService(invocation);
        if (accepted || target.DeadLetterConfig === undefined) return;
        deps.sqs.sendAsService({
          at,
          queueArn: target.DeadLetterConfig.Arn,
          principal: "events.amazonaws.com",
          sourceArn: rule.arn,
          what: `event of rule ${rule.resource.logicalId}`,
          body: JSON.stringify(payload),
          attributes: { RULE_ARN: rule.arn, TARGET_ARN: target.Arn, ERROR_CODE: "NO_PERMISSIONS" },
        });
      };
      const label = `rule ${rule.resource.logicalId} ${target.Id} ${envelope.id}`;
      deps.queue.schedule({ at, rank: rank.delivery, label, run });
    }
  };

  return {
    deploy: (template, at) => {
      const before = rules;
      rules = template
        .ofType("AWS::Events::Rule")
        .map((resource) => before.find((rule) => isUnchanged(rule, resource)) ?? ruleOf(resource, at));
      // Ticks that are already planned belong to the rule that planned them.
      for (const rule of before) if (!rules.includes(rule)) rule.enabled = false;
    },
    emit: (event) => {
      if ((lost.get(event.detailType) ?? 0) > 0)
        return deps.journal.write({
          at: event.at,
          kind: "lost",
          what: `event ${event.detailType}`,
          to: "the event bus",
          because: "events of this type are being lost",
        });
      const envelope = envelopeOf(event);
      for (const rule of rules)
        if (rule.enabled && rule.matches?.(envelope)) plan(rule, event.at + DELIVERY_MS, envelope);
    },
    planMinute: (minuteStart) => {
      for (const rule of rules) {
        if (rule.everyMinutes === undefined || minuteStart < rule.since) continue;
        const minute = (minuteStart - rule.since) / MINUTE_MS;
        if (minute % rule.everyMinutes !== 0) continue;
        const second = Math.floor(60 * fraction(deps.seed, "rule", rule.resource.logicalId, minuteStart));
        const at = minuteStart + second * 1000;
        const tick = {
          at,
          source: "aws.events",
          detailType: "Scheduled Event",
          resources: [rule.arn],
          detail: {},
        };
        plan(rule, at, envelopeOf(tick));
      }
    },
    setEnabled: (logicalId, enabled) => {
      const rule = rules.find(({ resource }) => resource.logicalId === logicalId);
      if (rule === undefined) throw new Error(`The template has no rule ${logicalId}.`);
      rule.enabled = enabled;
    },
    loseEvents: (detailType) => {
      lost.set(detailType, (lost.get(detailType) ?? 0) + 1);
      return () => {
        lost.set(detailType, Math.max(0, (lost.get(detailType) ?? 0) - 1));
      };
    },
  };
}

function ruleOf(resource: Resource<"AWS::Events::Rule">, at: number): Rule {
  const { EventPattern: pattern, ScheduleExpression: schedule, State: state } = resource.properties;
  return {
    resource,
    arn: resource.identity["Arn"] ?? "",
    matches:
      pattern === undefined ? undefined : compilePattern(pattern, `${resource.logicalId}.EventPattern`),
    everyMinutes: schedule === undefined ? undefined : minutesOf(schedule, resource.logicalId),
    since: (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS,
    enabled: state === "ENABLED",
  };
}

function isUnchanged(rule: Rule, resource: Resource<"AWS::Events::Rule">): boolean {
  return (
    rule.resource.logicalId === resource.logicalId &&
    JSON.stringify(rule.resource.properties) === JSON.stringify(resource.properties)
  );
}

function minutesOf(schedule: string, logicalId: string): number {
  const [, count, plural] = /^rate\((\d+) minute(s?)\)$/.exec(schedule) ?? [];
  const minutes = Number(count);
  // AWS takes "1 minute" and "2 minutes" only.
  if (count !== undefined && minutes > 0 && (plural === "s") === minutes > 1) return minutes;
  throw new Error(
    `${logicalId}.ScheduleExpression: the local engine models rate(N minutes), got: ${schedule}.`,
  );
}

type Envelope = ReturnType<typeof envelopeOf>;

function envelopeOf(event: BusEvent) {
  return {
    version: "0",
    id: uuidOf("event", event.at, event.detailType, ...event.resources, JSON.stringify(event.detail)),
    "detail-type": event.detailType,
    source: event.source,
    account: ACCOUNT,
    time: secondsIso(event.at),
    region: REGION,
    resources: event.resources,
    detail: event.detail,
  };
}
