import type { WarmerConfig } from "../core/config.ts";
import {
  alarmFindings,
  drillFinding,
  type Finding,
  limitFindings,
  modelFindings,
  ok,
  priceFinding,
  problem,
  warning,
} from "../core/findings.ts";
import type { ManifestEntry } from "../core/manifest.ts";
import { allowsCloudWatch } from "../core/topic-policy.ts";
import { adviceStatus } from "./advice-status.ts";
import { hasOptional } from "./plan-run.ts";
import type {
  AdviceParameter,
  Clock,
  ControlStore,
  Inspection,
  LiveColorParameter,
  ManifestStore,
  Subscriptions,
} from "./ports.ts";
import { resolveTarget } from "./resolve-target.ts";

export interface DoctorPorts {
  readonly clock: Clock;
  readonly control: ControlStore;
  readonly liveColor: LiveColorParameter;
  readonly manifests: Pick<ManifestStore, "header" | "entries">;
  readonly subscriptions: Subscriptions;
  readonly inspection: Inspection;
  readonly advice: Pick<AdviceParameter, "read">;
}

const SKEW_MATTERS_MS = 5_000;

/** Looks at the deployed warmer as an operator would; a check that cannot be made is a problem of its own. */
export async function examine(ports: DoctorPorts, config: WarmerConfig): Promise<Finding[]> {
  const now = ports.clock.now();
  const held = await ports.control.read();
  const entries = await servedEntries(ports, config);
  const groups = await Promise.all([
    attempt("api key", () => functionFindings(ports, now)),
    attempt("live color", async () => [await targetFinding(ports, config)]),
    attempt("limits", async () => limitFindings(config, entries)),
    attempt("models", async () => modelFindings(config, entries, now)),
    attempt("ttl advice", () => adviceFindings(ports, config)),
    attempt("subscriptions", async () => [await subscriptionFinding(ports.subscriptions)]),
    attempt("alarm topic", async () => [await topicFinding(ports.inspection)]),
    attempt("alarms", async () =>
      alarmFindings(await ports.inspection.alarms(), ports.inspection.topicArn(), config),
    ),
    attempt("drill", async () => [drillFinding(held?.control, config, now)]),
    attempt("price table", async () => [priceFinding(now)]),
    attempt("tables", async () => [await tableFinding(ports.inspection)]),
  ]);
  return groups.flat();
}

async function attempt(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return [
      {
        check,
        verdict: "problem",
        message: `could not be examined (${why})`,
        next: "check your own permissions",
      },
    ];
  }
}

async function functionFindings({ inspection }: DoctorPorts, now: number): Promise<Finding[]> {
  const check = await inspection.selfCheck();
  const skew = Math.abs(check.now - now);
  return [
    check.key === "readable"
      ? ok("api key", "the warm function can read it")
      : problem(
          "api key",
          check.key.problem,
          "put the provider's key into the SecureString, then warmer doctor",
        ),
    skew <= SKEW_MATTERS_MS
      ? ok("clock", `the function's clock and this machine's differ by ${(skew / 1000).toFixed(1)} s`)
      : warning(
          "clock",
          `the function's clock and this machine's differ by ${(skew / 1000).toFixed(0)} s`,
          "set this machine's clock",
        ),
  ];
}

async function servedEntries(ports: DoctorPorts, config: WarmerConfig): Promise<ManifestEntry[]> {
  const target = await resolveTarget(ports, config);
  return target.kind === "target" ? ports.manifests.entries(target.header) : [];
}

async function targetFinding(ports: DoctorPorts, config: WarmerConfig): Promise<Finding> {
  const target = await resolveTarget(ports, config);
  return target.kind === "target"
    ? ok(
        "live color",
        `${target.color}, release ${target.header.release}, ${target.header.prefixes} prefixes`,
      )
    : problem("live color", `${target.outcome}: ${target.message}`, "warmer status");
}

/** Only optional prefixes are advised about. */
async function adviceFindings(ports: DoctorPorts, config: WarmerConfig): Promise<Finding[]> {
  const target = await resolveTarget(ports, config);
  if (target.kind === "fault" || !hasOptional(target.header)) return [];
  const { ttlAdviceParameter: name } = config;
  const advice = await adviceStatus(ports.advice);
  if (advice === undefined) {
    return [
      warning(
        "ttl advice",
        `${name} does not exist: the application writes with the TTLs of its prompts`,
        "the monitor publishes within ten minutes of a release; then read its log",
      ),
    ];
  }
  return "problem" in advice
    ? [
        problem(
          "ttl advice",
          advice.problem,
          `allow ssm:GetParameter on it (grantOperate), or delete ${name}: the monitor writes it anew`,
        ),
      ]
    : [ok("ttl advice", `${name} can be read`)];
}

async function subscriptionFinding(subscriptions: Subscriptions): Promise<Finding> {
  const unconfirmed = await subscriptions.unconfirmed();
  return unconfirmed.length === 0
    ? ok("subscriptions", "none waits for its confirmation")
    : problem(
        "subscriptions",
        `${unconfirmed.join(", ")} has not confirmed and hears nothing`,
        "open the mail from AWS Notifications and confirm",
      );
}

async function topicFinding(inspection: Inspection): Promise<Finding> {
  return allowsCloudWatch(await inspection.topicPolicy())
    ? ok("alarm topic", "CloudWatch may publish to it")
    : problem(
        "alarm topic",
        "its policy does not let CloudWatch publish: every alarm is lost",
        "cdk deploy, or allow cloudwatch.amazonaws.com on your own topic",
      );
}

async function tableFinding(inspection: Inspection): Promise<Finding> {
  const orphans = await inspection.orphanedTables();
  return orphans.length === 0
    ? ok("tables", `${inspection.tableName()}; none was left behind`)
    : warning(
        "tables",
        `left behind by an earlier deployment: ${orphans.join(", ")}`,
        "adopt it (`retainedTable`) or delete it",
      );
}
