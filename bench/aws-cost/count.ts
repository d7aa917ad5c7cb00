import { ALARMS } from "../../lib/core/alarms.ts";
import { dueAt, MINUTE_MS } from "../../lib/core/due.ts";
import { METRICS } from "../../lib/core/metrics.ts";
import { FREE, type Line, line, metricsUsd, PRICE } from "./prices.ts";

export const SIZES = [1, 100, 47_000] as const;
type Size = (typeof SIZES)[number];

/** USD a month beside egress that the product aims at. */
export const AIM: Readonly<Record<Size, number>> = { 1: 13, 100: 13, 47000: 50 };

const DAYS = 30;
const MINUTES_A_DAY = 1440;
const TICKS = DAYS * MINUTES_A_DAY;
const KB = 1024;
const GB = 1e9;

/**
 * DynamoDB requests of one run, as test/aws/requests-per-tick.test.ts holds them: `writes` are PutItem on the
 * control item, `reads` GetItem and Query of at most 4 KB. What grows with the due prefixes is counted by itself.
 */
const REQUESTS = {
  idle: { reads: 3, writes: 1 },
  /** Two of the four writes are the lease and the end; each further wave reserves and settles again. */
  busy: { reads: 3, writes: 4 },
  monitor: { reads: 6, writes: 0 },
} as const;
const WRITES_A_WAVE = 2;

// Assumptions. Sizes in bytes, times in seconds.
const PROMPT_BYTES = 40_000;
const BODY_BYTES = 12_000;
const BODY_CACHE_BYTES = 64 * KB * KB;
const PREFIX_ITEM_BYTES = 800;
const CONTROL_BYTES = 2 * KB;
const USE_BYTES = 130;
const USAGE_ITEM_BYTES = 500;
const USAGE_DAYS = 8;
const LOOK_BACK_MINUTES = 15;
const SOON_MINUTES = 2;
const IN_FLIGHT = 256;
const WAVE = 1024;
const REQUEST_SECONDS = 3;
const IDLE_SECONDS = 0.15;
const BUSY_SECONDS = 0.5;
const MONITOR_SECONDS = 0.3;
const MONITOR_GB = 0.25;
const LOG_BYTES = { warm: 2_000, monitor: 3_000 };
const RELEASES = 4;

export const EGRESS = "egress of prompts";

/** The assumptions, as the page tells them. */
export const BESIDE = [
  `A tick has due prefixes as often as chance has it (Poisson); ${IN_FLIGHT} requests are in flight, and one takes ${REQUEST_SECONDS} s. \`warm\` has 1,024 MB and takes ${IDLE_SECONDS} s without due prefixes, ${BUSY_SECONDS} s more than its requests with; \`monitor\` has 256 MB and takes ${MONITOR_SECONDS} s. These times are assumed, not measured on AWS.`,
  `DynamoDB requests of a run are those that \`test/aws/requests-per-tick.test.ts\` holds. All reads are consistent: a unit is 4 KB. A touch writes 3 units (the item of ${PREFIX_ITEM_BYTES} bytes, and out of and into the index) and reads its body (${whole(BODY_BYTES)} bytes of gzip, 3 units) unless all bodies fit the 64 MiB that a function keeps.`,
  `The application's recorder: every prefix used in one minute of each hour, one process, ${USE_BYTES} bytes a prefix, kept ${USAGE_DAYS} days; \`monitor\` reads the last ${LOOK_BACK_MINUTES} minutes each minute.`,
  `${RELEASES} releases a month in which the bytes of every prompt change. Two colors' bodies are stored.`,
  `Logs: ${whole(LOG_BYTES.warm)} bytes a run of \`warm\`, ${whole(LOG_BYTES.monitor)} of \`monitor\`, kept a month.`,
  `Egress: prompts of 10,000 tokens, ${whole(PROMPT_BYTES)} bytes. None if the provider is reached inside the region.`,
  "Nothing: scheduled rules, Parameter Store (standard parameters and throughput), alarms on metrics of Lambda and SQS beyond the alarm itself, an empty failure queue, the few mails, the widget of the dashboard unless somebody looks.",
];

/** Keep-alives a day of a 1h prefix: the mean over the second at which its tick comes. */
export function touchesPerDay(): number {
  const seconds = Array.from({ length: 60 }, (_, s) => s * 1000);
  const minutes = seconds.map((start) => Math.ceil((dueAt(start, "1h") - start) / MINUTE_MS));
  const mean = minutes.reduce((sum, m) => sum + m, 0) / minutes.length;
  return MINUTES_A_DAY / mean;
}

/** Everything that AWS bills for so many prefixes, required and with a TTL of 1 h. */
export function costOf(prefixes: number): Line[] {
  const touches = prefixes * touchesPerDay() * DAYS;
  const perTick = touches / TICKS;
  const busy = TICKS * (1 - Math.exp(-perTick));
  const perBusy = touches / busy;
  const waves = Math.ceil(perBusy / WAVE);
  const idle = TICKS - busy;

  const metrics = Object.keys(METRICS).length;
  const prefixWrites = touches * prefixUnits();
  const bodyReads = prefixes * PROMPT_BYTES > BODY_CACHE_BYTES ? touches * units(BODY_BYTES, 4 * KB) : 0;
  const dueBytes = (touches + TICKS * perTick * SOON_MINUTES) * PREFIX_ITEM_BYTES;
  const usageBytes = USAGE_ITEM_BYTES + (prefixes / 60) * USE_BYTES;
  const usageReads = TICKS * units(LOOK_BACK_MINUTES * usageBytes, 4 * KB);
  const runReads = idle * REQUESTS.idle.reads + busy * REQUESTS.busy.reads + TICKS * REQUESTS.monitor.reads;
  const busyWrites = REQUESTS.busy.writes + (waves - 1) * WRITES_A_WAVE;
  const runWrites = (idle * REQUESTS.idle.writes + busy * busyWrites) * units(CONTROL_BYTES, KB);
  const storedGb =
    (prefixes * (2 * BODY_BYTES + 2 * PREFIX_ITEM_BYTES) + USAGE_DAYS * MINUTES_A_DAY * usageBytes) / GB;

  const warmSeconds =
    idle * IDLE_SECONDS + busy * (BUSY_SECONDS + REQUEST_SECONDS * Math.ceil(perBusy / IN_FLIGHT));
  const gbSeconds = warmSeconds + TICKS * MONITOR_SECONDS * MONITOR_GB;
  const logGb = (TICKS * (LOG_BYTES.warm + LOG_BYTES.monitor)) / GB;
  return [
    {
      item: "metrics",
      units: metrics,
      listUsd: metricsUsd(metrics),
      freeUsd: metricsUsd(Math.min(metrics, FREE.metrics)),
    },
    line("calls of PutMetricData", busy + TICKS, PRICE.metricCall, FREE.metricCalls),
    line("alarms", Object.keys(ALARMS).length, PRICE.alarm, FREE.alarms),
    line("dashboard", 1, PRICE.dashboard, FREE.dashboards),
    line("Lambda, requests", 2 * TICKS, PRICE.lambdaRequest, FREE.lambdaRequests),
    line("Lambda, GB-seconds", gbSeconds, PRICE.lambdaGbSecond, FREE.lambdaGbSeconds),
    line("DynamoDB, writes of runs", runWrites, PRICE.writeUnit),
    line("DynamoDB, reads of runs", runReads + dueBytes / (4 * KB), PRICE.readUnit),
    line("DynamoDB, writes of touched prefixes", prefixWrites, PRICE.writeUnit),
    line("DynamoDB, reads of bodies", bodyReads, PRICE.readUnit),
    line("DynamoDB, recorder's writes", TICKS * units(usageBytes, KB), PRICE.writeUnit),
    line("DynamoDB, reads of usage", usageReads, PRICE.readUnit),
    line(
      "DynamoDB, releases",
      RELEASES * prefixes * (units(BODY_BYTES, KB) + prefixUnits()),
      PRICE.writeUnit,
    ),
    line("DynamoDB, storage", storedGb, PRICE.storedGb, FREE.storedGb),
    line("DynamoDB, point-in-time recovery", storedGb, PRICE.backupGb),
    line("logs", logGb, PRICE.logGb + PRICE.logStoredGb, FREE.logGb),
    line(EGRESS, (touches * PROMPT_BYTES) / GB, PRICE.egressGb, FREE.egressGb),
  ];
}

export const NAIVE =
  "a cron of 4 minutes, 6 metrics and one alarm for each prefix, and for each touch one run (0.36 GB-seconds) and one call of PutMetricData.";

/** USD a month beside egress, free tier not taken off. */
export function naiveUsd(prefixes: number): number {
  const touches = (prefixes * MINUTES_A_DAY * DAYS) / 4;
  const run = PRICE.lambdaRequest + 0.36 * PRICE.lambdaGbSecond + PRICE.metricCall;
  return metricsUsd(6 * prefixes) + prefixes * PRICE.alarm + touches * run;
}

// --- internal ---

/** A changed due time is a write of the item, and a delete and a put in the index (DynamoDB guide, local indexes). */
function prefixUnits(): number {
  return 3 * units(PREFIX_ITEM_BYTES, KB);
}

function units(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit);
}

function whole(amount: number): string {
  return amount.toLocaleString("en-US");
}
