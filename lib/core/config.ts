import * as z from "zod/mini";
import { TTL_MS, type Ttl } from "./due.ts";
import { COLOR_NAME, liveColorParameter } from "./live-color.ts";
import { formatUsd, fromUsd, type MicroUsd } from "./money.ts";
import { isPriced } from "./prices.ts";
import { shown } from "./received.ts";
import { worstCase } from "./worst-case.ts";

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
  /** Requests in flight at once, 1 to 256. @default 4 */
  readonly concurrency?: number;
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
  readonly expected: WarmerOptions["expected"];
  readonly guardrails: {
    readonly hourly: MicroUsd;
    readonly daily: MicroUsd;
    readonly absoluteMax: MicroUsd;
    readonly actionOnLimit: ActionOnLimit;
    readonly notifyOnLimit?: string;
  };
  readonly concurrency: number;
  readonly notify: readonly string[];
  readonly runbooks: string;
}

export const DEFAULT_RUNBOOKS =
  "https://github.com/cdk-prompt-cache-warmer/cdk-prompt-cache-warmer/blob/main/docs/runbooks";

const DEFAULT_CONCURRENCY = 4;

/** Larger amounts are typing errors. */
const MAX_USD = 1_000_000;

const name = z.string().check(z.regex(COLOR_NAME, "must be 1 to 32 of a-z, 0-9 and -, not starting with -"));
const parameter = z
  .string()
  .check(z.regex(/^\/[a-zA-Z0-9_.\-/]{1,1000}$/, "must be an SSM parameter name that starts with /"));
const email = z.string().check(z.regex(/^[^\s@]+@[^\s@]+$/, "must be an e-mail address"));
const usd = z
  .number("must be a finite number of USD")
  .check(
    z.positive("must be more than 0 USD; to send nothing, pause the warmer"),
    z.maximum(MAX_USD, `must be at most ${MAX_USD} USD`),
  );
const wholeNumber = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .check(z.minimum(least, `must be at least ${least}`), z.maximum(most, `must be at most ${most}`));

const OPTIONS = z.strictObject({
  service: name,
  environment: name,
  colors: z.array(name).check(z.minLength(1, "must name at least one color")),
  expected: z.strictObject({
    prefixes: wholeNumber(1, 1_000_000),
    tokensPerPrefix: wholeNumber(1, 10_000_000),
    model: z.string(),
    ttl: z.enum(Object.keys(TTL_MS) as [Ttl, ...Ttl[]], 'must be "5m" or "1h"'),
  }),
  costGuardrails: z.strictObject({
    maxHourlyFillCost: usd,
    maxDailyFillCost: usd,
    actionOnLimit: z.optional(
      z.enum(
        ["pause_warmer", "alert_only", "throttle"],
        'must be "pause_warmer", "alert_only" or "throttle"',
      ),
    ),
    notifyOnLimit: z.optional(email),
    absoluteMax: z.optional(usd),
  }),
  apiKeyParameter: z.optional(parameter),
  liveColorParameter: z.optional(parameter),
  concurrency: z.optional(wholeNumber(1, 256)),
  notify: z.optional(z.array(email)),
  runbooks: z.optional(z.string()),
});

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
  if (!parsed.success) throw new ConfigFault(parsed.error.issues.map((issue) => issueText(issue, options)));
  const { service, environment, costGuardrails: guardrails } = options;
  const daily = fromUsd(guardrails.maxDailyFillCost);
  const config: WarmerConfig = {
    service,
    environment,
    colors: options.colors,
    liveColorParameter: options.liveColorParameter ?? liveColorParameter(service, environment),
    apiKeyParameter: options.apiKeyParameter ?? `/${service}/${environment}/provider-api-key`,
    expected: options.expected,
    guardrails: {
      hourly: fromUsd(guardrails.maxHourlyFillCost),
      daily,
      absoluteMax: guardrails.absoluteMax === undefined ? 3 * daily : fromUsd(guardrails.absoluteMax),
      actionOnLimit: guardrails.actionOnLimit ?? "pause_warmer",
      ...(guardrails.notifyOnLimit !== undefined && { notifyOnLimit: guardrails.notifyOnLimit }),
    },
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    notify: options.notify ?? [],
    runbooks: options.runbooks ?? DEFAULT_RUNBOOKS,
  };
  const faults = fitFaults(config);
  if (faults.length > 0) throw new ConfigFault(faults);
  return config;
}

function issueText(issue: z.core.$ZodIssue, options: unknown): string {
  if (issue.code === "unrecognized_keys") {
    return `${[...issue.path, issue.keys[0]].join(".")} is not an option of the warmer`;
  }
  const received = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  );
  return `${issue.path.join(".") || "(root)"} ${issue.message}, got ${shown(received)}`;
}

/** Rules between fields: what zod cannot see. */
function fitFaults(config: WarmerConfig): string[] {
  const { expected, guardrails, colors } = config;
  const faults: string[] = [];
  const twice = colors.find((color, i) => colors.indexOf(color) !== i);
  if (twice !== undefined) faults.push(`colors must differ, got ${shown(twice)} twice`);
  if (config.apiKeyParameter === config.liveColorParameter) {
    faults.push("apiKeyParameter must not be the live-color parameter");
  }
  if (guardrails.daily < guardrails.hourly) {
    faults.push(
      `costGuardrails.maxDailyFillCost must be at least maxHourlyFillCost (${formatUsd(guardrails.hourly)}), got ${formatUsd(guardrails.daily)}`,
    );
  }
  if (guardrails.absoluteMax < guardrails.daily) {
    faults.push(
      `costGuardrails.absoluteMax must be at least maxDailyFillCost (${formatUsd(guardrails.daily)}), got ${formatUsd(guardrails.absoluteMax)}`,
    );
  }
  if (!isPriced(expected.model)) {
    faults.push(
      `expected.model must be in the price table (lib/core/prices.ts), got ${shown(expected.model)}`,
    );
    return faults;
  }
  const need = worstCase(expected, config.concurrency);
  if (guardrails.hourly < need.firstHour) {
    faults.push(
      `costGuardrails.maxHourlyFillCost starves the warmer: filling ${expected.prefixes} prefixes of ${expected.tokensPerPrefix} tokens and keeping them warm needs ${formatUsd(need.firstHour)} in the first hour, got ${formatUsd(guardrails.hourly)}`,
    );
  }
  if (config.concurrency < need.concurrency) {
    faults.push(
      `concurrency must be at least ${need.concurrency} to touch ${expected.prefixes} prefixes within their TTL of ${expected.ttl}, got ${config.concurrency}`,
    );
  }
  if (guardrails.daily < need.firstDay) {
    faults.push(
      `costGuardrails.maxDailyFillCost starves the warmer: the first day needs ${formatUsd(need.firstDay)}, got ${formatUsd(guardrails.daily)}`,
    );
  }
  return faults;
}
