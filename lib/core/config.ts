import * as z from "zod/mini";
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_RUNBOOKS,
  guardrailsOf,
  parametersOf,
  releaseSettings,
} from "./config-defaults.ts";
import { fitFaults } from "./config-fit.ts";
import { TTL_MS, type Ttl } from "./due.ts";
import { COLOR_NAME } from "./live-color.ts";
import type { MicroUsd } from "./money.ts";
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
  readonly keepPreviousMs: number;
  readonly gate: {
    readonly minCoverage: number;
    readonly timeoutMs: number;
    readonly failDeployment: boolean;
  };
  readonly organic: { readonly minHitRate: number; readonly minRequests: number };
  readonly notify: readonly string[];
  readonly runbooks: string;
}

/** Larger amounts are typing errors. */
const MAX_USD = 1_000_000;

/** A text of one form; the same message for a text of another form and for no text. */
const matching = (form: RegExp, message: string) => z.string(message).check(z.regex(form, message));
const name = matching(COLOR_NAME, "must be 1 to 32 of a-z, 0-9 and -, not starting with -");
const parameter = matching(
  /^\/[a-zA-Z0-9_.\-/]{1,1000}$/,
  "must be an SSM parameter name that starts with /",
);
const email = matching(/^[^\s@]+@[^\s@]+$/, "must be an e-mail address");
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

const share = z
  .number("must be a share from 0 to 1")
  .check(z.nonnegative("must be at least 0"), z.maximum(1, "must be at most 1"));

const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, "must be an object");

const OPTIONS = section({
  service: name,
  environment: name,
  colors: z.array(name, "must be a list of names").check(z.minLength(1, "must name at least one color")),
  expected: section({
    prefixes: wholeNumber(1, 1_000_000),
    tokensPerPrefix: wholeNumber(1, 10_000_000),
    model: z.string("must be a model's id"),
    ttl: z.enum(Object.keys(TTL_MS) as [Ttl, ...Ttl[]], 'must be "5m" or "1h"'),
  }),
  costGuardrails: section({
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
  keepPreviousFor: z.optional(wholeNumber(0, 1440)),
  gate: z.optional(
    section({
      minCoverage: z.optional(share.check(z.positive("must be above 0"))),
      timeout: z.optional(wholeNumber(10, 3600)),
      failDeployment: z.optional(z.boolean("must be true or false")),
    }),
  ),
  organic: z.optional(
    section({ minHitRate: z.optional(share), minRequests: z.optional(wholeNumber(1, 1_000_000)) }),
  ),
  notify: z.optional(z.array(email, "must be a list of e-mail addresses")),
  runbooks: z.optional(z.string("must be a URL")),
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
  const issues = parsed.success ? [] : parsed.error.issues;
  const isNoObject = issues.some(({ code, path }) => path.length === 0 && code !== "unrecognized_keys");
  const faults = [
    ...issues.flatMap((issue) => issueTexts(issue, options)),
    ...(isNoObject ? [] : fitFaults(options, new Set(issues.map(({ path }) => path[0])))),
  ];
  if (faults.length > 0) throw new ConfigFault(faults);
  const { service, environment, colors, expected } = options;
  return {
    service,
    environment,
    colors,
    ...parametersOf(options),
    expected,
    guardrails: guardrailsOf(options),
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    ...releaseSettings(options),
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
