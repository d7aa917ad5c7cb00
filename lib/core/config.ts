import * as z from "zod/mini";
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_RUNBOOKS,
  guardrailsOf,
  parametersOf,
  policyOf,
  releaseSettings,
  spikesOf,
} from "./config-defaults.ts";
import { fitFaults } from "./config-fit.ts";
import { OPTIONS } from "./config-shape.ts";
import type { Ttl } from "./due.ts";
import type { SpikeSettings } from "./fill-cost/spike.ts";
import type { MicroUsd } from "./money.ts";
import { type Partition, partitionsFrom } from "./partitions.ts";
import type { PlanLimits } from "./plan/tick.ts";
import { shown } from "./received.ts";

export type ActionOnLimit = "pause_warmer" | "alert_only" | "throttle";

/** What a person writes in `warmer.config.ts`. Money is in USD here, and only here. */
export interface WarmerOptions {
  /** Which application; part of names, keys and dimensions. Lower case letters, digits, hyphens. */
  readonly service: string;
  /** Which stage of it. Same letters. */
  readonly environment: string;
  /** The release slots that live-color may name. No code knows which of them is old. */
  readonly colors: readonly string[];
  /** What the warmer is expected to keep warm; limits are checked against it at synth. */
  readonly expected: {
    readonly prefixes: number;
    readonly tokensPerPrefix: number;
    readonly model: string;
    readonly ttl: Ttl;
  };
  readonly costGuardrails: {
    /** USD per UTC hour; bounds everything the warmer is billed, not cache writes alone. */
    readonly maxHourlyFillCost: number;
    /** USD per UTC day. */
    readonly maxDailyFillCost: number;
    /** What happens when a limit is met. @default "pause_warmer" */
    readonly actionOnLimit?: ActionOnLimit;
    /** E-mail address that hears of a met limit, beside `notify`. @default - nobody beside `notify` */
    readonly notifyOnLimit?: string;
    /** USD per UTC day that no action and no allowance passes. @default - three times `maxDailyFillCost` */
    readonly absoluteMax?: number;
  };
  /** SSM SecureString with the provider's API key, created outside the stack. @default "/<service>/<environment>/provider-api-key" */
  readonly apiKeyParameter?: string;
  /** Name of the live-color parameter. @default "/<service>/<environment>/live-color" */
  readonly liveColorParameter?: string;
  /**
   * Name of the parameter with the advice which TTL the application should write optional prefixes with. The monitor
   * writes it, and never owns another one. @default "/<service>/<environment>/ttl-advice"
   */
  readonly ttlAdviceParameter?: string;
  /** Requests in flight at once, 1 to 256. @default 4 */
  readonly concurrency?: number;
  /**
   * Minutes for which the color that was live before a flip stays warm, so that a rollback is warm; 0 to 1440. Also
   * how long a candidate that a gate found warm is kept so. Both spend from the same limits. @default 30
   */
  readonly keepPreviousFor?: number;
  /** What the hooks of a deployment ask, and `warmer gate` if nothing else is said. @default - as each part says */
  readonly gate?: {
    /** Share of the predicted traffic whose prefixes must be proven warm, above 0 up to 1. @default 1 */
    readonly minCoverage?: number;
    /** Seconds until the answer, 10 to 3600. @default 600 */
    readonly timeout?: number;
    /** Whether a gate that cannot be answered (paused, a limit, a fault) stops the release. @default false */
    readonly failDeployment?: boolean;
  };
  /** When the application's own hit rate is too low. @default - as each part says */
  readonly organic?: {
    /** Below this share of read tokens the alarm fires, 0 to 1; 0 leaves the comparison with the last flip alone. @default 0.5 */
    readonly minHitRate?: number;
    /** Requests in 15 minutes below which nothing is said. @default 20 */
    readonly minRequests?: number;
  };
  /** When fill cost is a spike. @default - as each part says */
  readonly spikes?: {
    /** Times normal from which a spike is told on the next business day, above 1. @default 1.5 */
    readonly info?: number;
    /** Times normal from which somebody must look within 2 hours. @default 2 */
    readonly warning?: number;
    /** Times normal from which somebody must look at once. @default 5 */
    readonly critical?: number;
    /** Minutes over which `info` and `warning` measure, 5 to 15. @default 15 */
    readonly warningWindow?: number;
    /** Minutes over which `critical` measures, 5 to 15. @default 10 */
    readonly criticalWindow?: number;
    /** USD per hour that count as normal at least. @default - what filling the live manifest once an hour costs */
    readonly minimumBaseline?: number;
    /** USD per hour above normal that no level fires below. @default - a tenth of `maxHourlyFillCost`, and more than one fill */
    readonly minimumSpike?: number;
  };
  /**
   * How optional prefixes are planned (`warmer publish --optional`); required ones are always kept warm.
   * @default - as each part says
   */
  readonly policy?: {
    /**
     * `adaptive`, `adaptive-5m`, `always`, `cron(Nm)` with 1 to 1440 minutes, `business-hours`, `keepalive(K)` with 0 to
     * 254 touches, `ski-rental`, `off` or `off-1h`; docs/planner.md says what each does. @default "adaptive"
     */
    readonly name?: string;
    /** What one cold request is worth beyond its money, in uncached reads of the prefix, 0 to 100. @default 0.5 */
    readonly lambda?: number;
    /**
     * Days on which little use is expected, as holidays are: "2026-12-25", from midnight to midnight UTC, at most 1000.
     * Weekends are learned and need not be named. @default - none
     */
    readonly closedDays?: readonly string[];
    /** What the provider allows the model and workspace, the application's own requests included. @default - not bound */
    readonly providerLimits?: {
      /** @default - not bound */
      readonly requestsPerMinute?: number;
      /** Tokens that are not read from the cache. @default - not bound */
      readonly inputTokensPerMinute?: number;
      /** How much of both the warmer may use for optional prefixes, above 0 up to 1. @default 0.25 */
      readonly share?: number;
    };
  };
  /**
   * Parts with a state, a lease and a warm function of their own, all woken by the one rule: workspaces, whose caches
   * nobody else reads, or models that need more requests than one function sends. At most 5, since EventBridge takes
   * so many targets a rule. docs/partitions.md says when.
   * @default - the warmer is one, without a name
   */
  readonly partitions?: readonly {
    /** Part of state keys and function names. Lower case letters, digits, hyphens. */
    readonly name: string;
    /**
     * Its part of every money limit and of the provider's limits, 0.001 to 1 in steps of 0.001. All shares together
     * are at most 1, so that the partitions together never pass a limit.
     */
    readonly share: number;
    /** SSM SecureString with the key of its workspace. @default - the warmer's `apiKeyParameter` */
    readonly apiKeyParameter?: string;
    /** What it is expected to keep warm. @default - the warmer's `expected`, the whole of it in each partition */
    readonly expected?: WarmerOptions["expected"];
    /** Models whose prompts `warmer publish` puts here; each in one partition. @default - publish names the partition */
    readonly models?: readonly string[];
  }[];
  /** E-mail addresses that hear of alarms. @default - nobody is subscribed; the topic is yours to use */
  readonly notify?: readonly string[];
  /** Where the alarms' runbook links point. @default - the runbooks of this project's repository */
  readonly runbooks?: string;
}

/** The configuration with every default filled in and money in micro-USD: what the functions run on. */
export interface WarmerConfig {
  readonly service: string;
  readonly environment: string;
  readonly colors: readonly string[];
  readonly liveColorParameter: string;
  readonly apiKeyParameter: string;
  readonly ttlAdviceParameter: string;
  readonly expected: WarmerOptions["expected"];
  readonly guardrails: {
    readonly hourly: MicroUsd;
    readonly daily: MicroUsd;
    readonly absoluteMax: MicroUsd;
    readonly actionOnLimit: ActionOnLimit;
    readonly notifyOnLimit?: string;
    /** Which part of the warmer's limits these are, in thousandths. Absent: they are the warmer's own. */
    readonly share?: number;
  };
  readonly concurrency: number;
  readonly keepPreviousMs: number;
  readonly gate: {
    readonly minCoverage: number;
    readonly timeoutMs: number;
    readonly failDeployment: boolean;
  };
  readonly organic: { readonly minHitRate: number; readonly minRequests: number };
  readonly spikes: Pick<SpikeSettings, "factors" | "windows"> &
    Partial<Pick<SpikeSettings, "minimumBaseline" | "minimumSpike">>;
  readonly policy: {
    readonly name: string;
    readonly lambda: number;
    readonly closedDays?: readonly string[];
    readonly providerLimits: Omit<PlanLimits, "budget">;
  };
  /** The parts that the warmer consists of; absent if it is one. */
  readonly partitions?: readonly Partition[];
  /** Which of them this is the configuration of; absent in the warmer's own. */
  readonly partition?: string;
  readonly notify: readonly string[];
  readonly runbooks: string;
}

/** A configuration that cannot run; the message lists every fault at once. */
export class ConfigFault extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `the warmer's configuration has ${faults.length} fault${faults.length === 1 ? "" : "s"}:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
    this.name = "ConfigFault";
    this.faults = faults;
  }
}

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws ConfigFault with every fault: shape, names, limits, and how interval, TTL and limits fit together
 */
export function resolveConfig(options: WarmerOptions): WarmerConfig {
  const parsed = z.safeParse(OPTIONS, options);
  const issues = parsed.success ? [] : parsed.error.issues;
  const isNoObject = issues.some(({ code, path }) => path.length === 0 && code !== "unrecognized_keys");
  const faults = [
    ...issues.flatMap((issue) => issueTexts(issue, options)),
    ...(isNoObject ? [] : fitFaults(options, new Set(issues.map(({ path }) => path[0])))),
  ];
  if (faults.length > 0) throw new ConfigFault(faults);
  const { service, environment, colors, expected } = options;
  const parameters = parametersOf(options);
  const partitions = partitionsFrom(options, parameters.apiKeyParameter);
  return {
    service,
    environment,
    colors,
    ...parameters,
    expected,
    guardrails: guardrailsOf(options),
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    ...releaseSettings(options),
    spikes: spikesOf(options),
    policy: policyOf(options),
    ...(partitions !== undefined && { partitions }),
    notify: options.notify ?? [],
    runbooks: options.runbooks ?? DEFAULT_RUNBOOKS,
  };
}

function issueTexts(issue: z.core.$ZodIssue, options: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${[...issue.path, key].join(".")} is not an option of the warmer`);
  }
  const received = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  );
  return [`${issue.path.join(".") || "(root)"} ${issue.message}, got ${shown(received)}`];
}
