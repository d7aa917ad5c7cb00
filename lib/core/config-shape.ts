import * as z from "zod/mini";
import { TTL_MS, type Ttl } from "./due.ts";
import { COLOR_NAME } from "./live-color.ts";
import { MAX_PARTITIONS, SHARE_STEPS, thousandths } from "./partitions.ts";
import { isDay } from "./plan/calendar.ts";
import { POLICY_NAMES, policyNamed } from "./plan/policies.ts";

/** Larger amounts are typing errors. */
const MAX_USD = 1_000_000;

const A_DAY = 'must be a day such as "2026-12-25"';

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

const factor = z
  .number("must be a number above 1")
  .check(z.gt(1, "must be above 1"), z.maximum(1_000, "must be at most 1000"));

const policyName = z
  .string("must be a policy's name")
  .check(
    z.refine(
      isPolicyName,
      `must be one of ${POLICY_NAMES.join(", ")}, with cron of 1 to 1440 minutes and keepalive of 0 to 254 touches`,
    ),
  );

const lambda = z
  .number("must be a number from 0 to 100")
  .check(z.nonnegative("must be at least 0"), z.maximum(100, "must be at most 100"));

const day = z.string(A_DAY).check(z.refine(isDay, A_DAY));

const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, "must be an object");

const expected = section({
  prefixes: wholeNumber(1, 1_000_000),
  tokensPerPrefix: wholeNumber(1, 10_000_000),
  model: z.string("must be a model's id"),
  ttl: z.enum(Object.keys(TTL_MS) as [Ttl, ...Ttl[]], 'must be "5m" or "1h"'),
});

const partition = section({
  name,
  share: z.number("must be a share from 0.001 to 1").check(
    z.gte(1 / SHARE_STEPS, "must be at least 0.001"),
    z.maximum(1, "must be at most 1"),
    z.refine(
      (given) => Math.abs(given * SHARE_STEPS - thousandths(given)) < 1e-6,
      "must be a multiple of 0.001",
    ),
  ),
  apiKeyParameter: z.optional(parameter),
  expected: z.optional(expected),
  models: z.optional(
    z
      .array(z.string("must be a model's id"), "must be a list of models")
      .check(z.minLength(1, "must name at least one model")),
  ),
});

/** The shape of the options: every field by itself. Rules between fields are in config-fit.ts. */
export const OPTIONS = section({
  service: name,
  environment: name,
  colors: z.array(name, "must be a list of names").check(z.minLength(1, "must name at least one color")),
  expected,
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
  ttlAdviceParameter: z.optional(parameter),
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
  spikes: z.optional(
    section({
      info: z.optional(factor),
      warning: z.optional(factor),
      critical: z.optional(factor),
      warningWindow: z.optional(wholeNumber(5, 15)),
      criticalWindow: z.optional(wholeNumber(5, 15)),
      minimumBaseline: z.optional(usd),
      minimumSpike: z.optional(usd),
    }),
  ),
  policy: z.optional(
    section({
      name: z.optional(policyName),
      lambda: z.optional(lambda),
      closedDays: z.optional(
        z.array(day, "must be a list of days").check(z.maxLength(1000, "must be at most 1000 days")),
      ),
      providerLimits: z.optional(
        section({
          requestsPerMinute: z.optional(wholeNumber(1, 10_000_000)),
          inputTokensPerMinute: z.optional(wholeNumber(1, 10_000_000_000)),
          share: z.optional(share.check(z.positive("must be above 0"))),
        }),
      ),
    }),
  ),
  partitions: z.optional(
    z
      .array(partition, "must be a list of partitions")
      .check(
        z.minLength(1, "must name at least one partition"),
        z.maxLength(
          MAX_PARTITIONS,
          `must be at most ${MAX_PARTITIONS}: EventBridge takes no more targets a rule`,
        ),
      ),
  ),
  notify: z.optional(z.array(email, "must be a list of e-mail addresses")),
  runbooks: z.optional(z.string("must be a URL")),
});

function isPolicyName(given: string): boolean {
  try {
    return policyNamed(given).name !== "";
  } catch {
    return false;
  }
}
