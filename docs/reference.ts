import { readFileSync, writeFileSync } from "node:fs";
import { ALARMS, type AlarmDefinition, type AlarmSubject } from "../lib/core/alarms.ts";
import { DIMENSIONS, METRICS, type MetricDefinition, NAMESPACE } from "../lib/core/metrics.ts";
import { OUTCOMES } from "../lib/core/outcome.ts";

/** Written by `npm run docs` from the tables in lib/core; a test fails when it is stale. */
export const REFERENCE = new URL("reference.md", import.meta.url);

export function referenceText(): string {
  return [
    "# Reference",
    "",
    "Written from the tables in `lib/core` by `npm run docs`.",
    "",
    "## Outcomes",
    "",
    "Every run of every function ends in exactly one. When several things happened in one run, the one that stands last here wins. An outcome that is not healthy ends the invocation as an error.",
    "",
    "| outcome | healthy | meaning |",
    "|---|---|---|",
    ...Object.entries(OUTCOMES).map(
      ([code, { healthy, meaning }]) => `| \`${code}\` | ${healthy ? "yes" : "no"} | ${meaning} |`,
    ),
    "",
    "## Metrics",
    "",
    `Namespace \`${NAMESPACE}\`, dimensions ${DIMENSIONS.join(" and ")}, sent once a minute by \`monitor\` or at the end of a run by \`warm\`.`,
    "",
    "Of several partitions the monitor sends one value, as the column says.",
    "",
    "| metric | unit | statistic | sent by | of partitions | meaning |",
    "|---|---|---|---|---|---|",
    ...Object.entries(METRICS).map(
      ([name, { unit, statistic, sentBy, ofPartitions, meaning }]: [string, MetricDefinition]) =>
        `| \`${name}\` | ${unit} | ${statistic} | ${sentBy} | ${ofPartitions ?? "each sends its own"} | ${meaning} |`,
    ),
    "",
    "## Alarms",
    "",
    "One-minute periods. An alarm that pauses also invokes `pause`, when `actionOnLimit` is `pause_warmer`.",
    "",
    "| alarm | looks at | fires when | missing data | pauses | meaning |",
    "|---|---|---|---|---|---|",
    ...Object.entries(ALARMS).map(([name, alarm]: [string, AlarmDefinition]) =>
      [
        "",
        ` [\`${name}\`](runbooks/${alarm.runbook}.md) `,
        ` ${subjectText(alarm.subject)} `,
        ` ${alarm.comparison} ${alarm.threshold}, ${alarm.datapoints} of ${alarm.periods} `,
        ` ${alarm.missing}: ${alarm.missingMeaning} `,
        ` ${alarm.pauses ? "yes" : "no"} `,
        ` ${alarm.meaning} `,
        "",
      ].join("|"),
    ),
    "",
  ].join("\n");
}

function subjectText(subject: AlarmSubject): string {
  switch (subject.kind) {
    case "own":
      return `\`${subject.metric}\``;
    case "errors":
      return `errors of \`${subject.function}\``;
    case "failureQueueDepth":
      return "depth of the failure queue";
    default:
      return subject satisfies never;
  }
}

export function writtenReference(): string {
  return readFileSync(REFERENCE, "utf8");
}

if (process.argv[1]?.endsWith("reference.ts")) writeFileSync(REFERENCE, referenceText());
