import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ALARMS } from "../lib/core/alarms.ts";
import { DEFAULT_CONCURRENCY } from "../lib/core/config-defaults.ts";
import { DIMENSIONS, METRICS } from "../lib/core/metrics.ts";
import { AIM, BESIDE, costOf, EGRESS, NAIVE, naiveUsd, SIZES, touchesPerDay } from "./aws-cost/count.ts";
import type { Line } from "./aws-cost/prices.ts";

/** Written by `npm run bench:aws-cost -- --write`; a test fails when it is stale. */
export const AWS_COST = new URL("../docs/aws-cost.md", import.meta.url);

/** Cents, half up; a dollar amount that rounds to nothing is still told apart from none. */
const usd = (amount: number) =>
  amount > 0 && amount < 0.005 ? "<0.01" : amount.toLocaleString("en-US", TWO_DIGITS);
const TWO_DIGITS = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
const whole = (amount: number) => Math.round(amount).toLocaleString("en-US");

const list = (lines: readonly Line[]) => lines.reduce((sum, { listUsd }) => sum + listUsd, 0);
const besideEgress = (lines: readonly Line[]) => list(lines.filter(({ item }) => item !== EGRESS));
const free = (lines: readonly Line[]) => lines.reduce((sum, { freeUsd }) => sum + freeUsd, 0);

export function awsCost() {
  return SIZES.map((prefixes) => {
    const lines = costOf(prefixes);
    const beside = lines.filter(({ item }) => item !== EGRESS);
    const [largest] = beside.toSorted((a, b) => b.listUsd - a.listUsd);
    return {
      prefixes,
      lines,
      besideEgressUsd: besideEgress(lines),
      freeTierUsd: free(beside),
      egressUsd: list(lines) - list(beside),
      largest: largest?.item,
      aimUsd: AIM[prefixes],
      naiveUsd: naiveUsd(prefixes),
    };
  });
}

/** The page, from the counts. */
export function awsCostText(): string {
  const sizes = awsCost();
  const row = (name: string, cells: readonly string[]) => `| ${[name, ...cells].join(" | ")} |`;
  const pairs = (cell: (size: (typeof sizes)[number]) => readonly [string, string]) => sizes.flatMap(cell);
  const items = sizes[0]?.lines.map(({ item }) => item) ?? [];
  const lineOf = (size: (typeof sizes)[number], item: string) => size.lines.find((l) => l.item === item);
  return [
    "# What AWS costs",
    "",
    "USD per month of 30 days, list prices of us-east-1, written by `npm run bench:aws-cost -- --write`. What the provider bills for touches is not in it. The column after each price is what the free tier takes off, if nothing else in the account uses it.",
    "",
    row(
      "item",
      pairs(({ prefixes }) => [`${whole(prefixes)} ${prefixes === 1 ? "prefix" : "prefixes"}`, "free"]),
    ),
    `|---|${"---:|---:|".repeat(sizes.length)}`,
    ...items.map((item) =>
      row(
        item,
        pairs((size) => [usd(lineOf(size, item)?.listUsd ?? 0), usd(lineOf(size, item)?.freeUsd ?? 0)]),
      ),
    ),
    row(
      "**total beside egress**",
      pairs((size) => [`**${usd(size.besideEgressUsd)}**`, usd(size.freeTierUsd)]),
    ),
    row(
      "after the free tier",
      pairs((size) => [usd(size.besideEgressUsd - size.freeTierUsd), ""]),
    ),
    row(
      "aim",
      pairs((size) => [usd(size.aimUsd), ""]),
    ),
    row(
      "a naive build, beside egress",
      pairs((size) => [usd(size.naiveUsd), ""]),
    ),
    "",
    ...sizes.map(
      ({ prefixes, largest, besideEgressUsd, aimUsd, lines }) =>
        `- ${whole(prefixes)}: ${besideEgressUsd > aimUsd ? `**${usd(besideEgressUsd - aimUsd)} above the aim**` : "within the aim"}. The largest item is ${largest} (${Math.round((100 * (lines.find(({ item }) => item === largest)?.listUsd ?? 0)) / besideEgressUsd)} %).`,
    ),
    "",
    `Of a small fleet the fixed part is nearly all: metrics, dashboard, alarms and calls. What 100 prefixes pay beyond one is mostly time in which \`warm\` waits for the provider, and that is little, because prefixes of one page are due in one minute; with the default of ${DEFAULT_CONCURRENCY} requests in flight they wait longer, and pay $${usd(besideEgress(costOf(100, DEFAULT_CONCURRENCY)))} in all. Of a large fleet it is the state of each prefix, not metrics. Alone in its item a prefix would cost three write units at each touch, since a touch moves the due time and the index by due time with it: $64.98 a month for 47,000. In pages (\`lib/core/prefix-pages.ts\`) they share that. Optional prefixes are stored alone, for the application uses them one by one: each use that moves a due time costs those three units.`,
    "",
    `A [partition](partitions.md) more is a function, an alarm and a state more: of 100 prefixes in two partitions instead of one AWS asks $${usd(besideEgress(costOf(100, undefined, 2)) - besideEgress(costOf(100)))} more, and of 47,000 $${usd(besideEgress(costOf(47_000, undefined, 2)) - besideEgress(costOf(47_000)))}.`,
    "",
    "## How it is counted",
    "",
    `- ${Object.keys(METRICS).length} metrics × 1 set of dimensions (${DIMENSIONS.join(", ")}), ${Object.keys(ALARMS).length} alarms of one minute, all that the tables in \`lib/core\` know.`,
    `- Every prefix is required and has a TTL of 1 h: ${touchesPerDay().toFixed(1)} keep-alives a day, the mean of the rule in \`lib/core/due.ts\` over the seconds at which a tick may come. What the planner writes about optional prefixes is not counted, nor what it saves.`,
    ...BESIDE.map((line) => `- ${line}`),
    `- A naive build: ${NAIVE}`,
    "",
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  if (process.argv.includes("--write")) writeFileSync(AWS_COST, awsCostText());
  console.log(process.argv.includes("--json") ? JSON.stringify(awsCost(), null, 2) : awsCostText());
}
