import { ALARMS } from "../../lib/core/alarms.ts";
import { dueAt, MINUTE_MS } from "../../lib/core/due.ts";
import { METRICS } from "../../lib/core/metrics.ts";
import { inPages, pageSize } from "../../lib/core/prefix-pages.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
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
 * DynamoDB requests of one run, as test/aws/requests-per-tick.slow.ts holds them: `writes` are PutItem on the
 * control item, `reads` GetItem and Query of at most 4 KB. What grows with the due prefixes is counted by itself.
 */
const REQUESTS = {
  idle: { reads: 3, writes: 1 },
  /** Two of the four writes are the lease and the end; each further wave reserves and settles again. Pages come on top. */
  busy: { reads: 3, writes: 4 },
  monitor: { reads: 6, writes: 0 },
} as const;
const WRITES_A_WAVE = 2;

// Assumptions. Sizes in bytes, times in seconds.
const PROMPT_BYTES = 40_000;
const BODY_BYTES = 12_000;
const BODY_CACHE_BYTES = 64 * KB * KB;
/** A prefix's part of a page, and what a page has beside them; a test holds them against a page as it is stored. */
export const PAGED_PREFIX_BYTES = 115;
export const PAGE_BYTES = 120;
const CONTROL_BYTES = 2 * KB;
const USE_BYTES = 130;
const USAGE_ITEM_BYTES = 500;
const USAGE_DAYS = 8;
const LOOK_BACK_MINUTES = 15;
const SOON_MINUTES = 2;
const IN_FLIGHT = 256;
const REQUEST_SECONDS = 3;
const IDLE_SECONDS = 0.15;
const BUSY_SECONDS = 0.5;
const MONITOR_SECONDS = 0.3;
const MONITOR_GB = 0.25;
const LOG_BYTES = { warm: 2_000, monitor: 3_000 };
const RELEASES = 4;
/** When it is adopted, filled and confirmed, and of the pages that it replaces: moved beside, and retired. */
const PAGE_WRITES_A_RELEASE = 5;

export const EGRESS = "egress of prompts";

/** The assumptions, as the page tells them. */
export const BESIDE = [
  `Prefixes lie in pages, as many as \`lib/core/prefix-pages.ts\` makes; those of a page are touched together. A tick has due pages as often as chance has it (Poisson); ${IN_FLIGHT} requests are in flight, and one takes ${REQUEST_SECONDS} s. \`warm\` has 1,024 MB and takes ${IDLE_SECONDS} s without due prefixes, ${BUSY_SECONDS} s more than its requests with; \`monitor\` has 256 MB and takes ${MONITOR_SECONDS} s. These times are assumed, not measured on AWS.`,
  `DynamoDB requests of a run are those that \`test/aws/requests-per-tick.slow.ts\` holds. Reads are consistent, a unit being 4 KB, but for those of bodies, at half the price. A page is gzip, ${PAGED_PREFIX_BYTES} bytes a prefix: 46 of them are 6 KB. Its write is billed three times, for the item and out of and into the index by due time. A touch reads its body (${whole(BODY_BYTES)} bytes of gzip, 1.5 units) unless all bodies fit the 64 MiB that a function keeps.`,
  `The application's recorder: every prefix used in one minute of each hour, one process, ${USE_BYTES} bytes a prefix, kept ${USAGE_DAYS} days; \`monitor\` reads the last ${LOOK_BACK_MINUTES} minutes each minute.`,
  `${RELEASES} releases a month in which the bytes of every prompt change; ${PAGE_WRITES_A_RELEASE} writes of a page at each. Two colors' bodies are stored.`,
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

/** How so many required prefixes are stored. */
export function pagesOf(prefixes: number, inFlight = IN_FLIGHT) {
  const states = Array.from({ length: prefixes }, (_, i) => ({
    fingerprint: `prefix ${i}`,
    required: true,
    dueAt: 0,
  }));
  const pages = new Set(inPages(states as PrefixState[], pageSize(inFlight)).map(({ page }) => page)).size;
  const bytes = PAGE_BYTES + (prefixes / pages) * PAGED_PREFIX_BYTES;
  return { pages, bytes, writeUnits: INDEXED * units(bytes, KB) };
}

/**
 * Everything that AWS bills for so many prefixes, required and with a TTL of 1 h.
 *
 * @param inFlight requests at once in each partition, 1 to 256
 * @param partitions that have equal parts of the prefixes
 */
export function costOf(prefixes: number, inFlight = IN_FLIGHT, partitions = 1): Line[] {
  const { pages: pagesOfEach, bytes: pageBytes, writeUnits } = pagesOf(prefixes / partitions, inFlight);
  const pages = partitions * pagesOfEach;
  const pageTouches = pages * touchesPerDay() * DAYS;
  const touches = (pageTouches * prefixes) / pages;
  // Runs of all partitions. Each has a function of its own, which the one rule wakes.
  const runs = partitions * TICKS;
  const busy = runs * (1 - Math.exp(-pageTouches / runs));
  const perBusy = touches / busy;
  const waves = Math.ceil(perBusy / Math.max(64, 4 * inFlight));
  const idle = runs - busy;

  const metrics = Object.keys(METRICS).length;
  const bodyUnits = 0.5 * units(BODY_BYTES, 4 * KB);
  const bodyReads = prefixes * PROMPT_BYTES > BODY_CACHE_BYTES ? touches * bodyUnits : 0;
  const dueBytes = pageTouches * (1 + SOON_MINUTES) * pageBytes;
  const usageBytes = USAGE_ITEM_BYTES + (prefixes / partitions / 60) * USE_BYTES;
  const usageReads = runs * units(LOOK_BACK_MINUTES * usageBytes, 4 * KB);
  const runReads = idle * REQUESTS.idle.reads + busy * REQUESTS.busy.reads + runs * REQUESTS.monitor.reads;
  const busyWrites = REQUESTS.busy.writes + (waves - 1) * WRITES_A_WAVE;
  const runWrites = (idle * REQUESTS.idle.writes + busy * busyWrites) * units(CONTROL_BYTES, KB);
  const storedGb =
    (prefixes * 2 * BODY_BYTES +
      4 * pages * pageBytes +
      partitions * USAGE_DAYS * MINUTES_A_DAY * usageBytes) /
    GB;

  const warmSeconds =
    idle * IDLE_SECONDS + busy * (BUSY_SECONDS + REQUEST_SECONDS * Math.ceil(perBusy / inFlight));
  const gbSeconds = warmSeconds + TICKS * MONITOR_SECONDS * MONITOR_GB;
  const logGb = (runs * LOG_BYTES.warm + TICKS * LOG_BYTES.monitor) / GB;
  return [
    {
      item: "metrics",
      units: metrics,
      listUsd: metricsUsd(metrics),
      freeUsd: metricsUsd(Math.min(metrics, FREE.metrics)),
    },
    line("calls of PutMetricData", busy + TICKS, PRICE.metricCall, FREE.metricCalls),
    // Of each partition's own function there is one on its errors.
    line("alarms", Object.keys(ALARMS).length + partitions - 1, PRICE.alarm, FREE.alarms),
    line("dashboard", 1, PRICE.dashboard, FREE.dashboards),
    line("Lambda, requests", runs + TICKS, PRICE.lambdaRequest, FREE.lambdaRequests),
    line("Lambda, GB-seconds", gbSeconds, PRICE.lambdaGbSecond, FREE.lambdaGbSeconds),
    line("DynamoDB, writes of runs", runWrites, PRICE.writeUnit),
    line("DynamoDB, reads of runs", runReads + dueBytes / (4 * KB), PRICE.readUnit),
    line("DynamoDB, writes of touched prefixes", pageTouches * writeUnits, PRICE.writeUnit),
    line("DynamoDB, reads of bodies", bodyReads, PRICE.readUnit),
    line("DynamoDB, recorder's writes", runs * units(usageBytes, KB), PRICE.writeUnit),
    line("DynamoDB, reads of usage", usageReads, PRICE.readUnit),
    line(
      "DynamoDB, releases",
      RELEASES * (prefixes * units(BODY_BYTES, KB) + PAGE_WRITES_A_RELEASE * pages * writeUnits),
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
const INDEXED = 3;

function units(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit);
}

function whole(amount: number): string {
  return amount.toLocaleString("en-US");
}
