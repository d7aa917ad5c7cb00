import type { Command } from "commander";
import { type PrefixStatus, readStatus, type Status } from "../../lib/app/status.ts";
import { NEVER } from "../../lib/core/due.ts";
import { formatUsd } from "../../lib/core/money.ts";
import type { GlobalOptions } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { age } from "../output.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

export function addStatus(program: Command, ended: Ended): void {
  program
    .command("status")
    .description(
      "what is live, what is warm and how it is proven, what was spent; exit code 3 if it is not healthy",
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const run: InPartition = async ({ config, ports }) => {
        const status = await readStatus(ports, config);
        const code = status.healthy ? EXIT.ok : EXIT.unhealthy;
        return { value: status, text: statusText(status), code };
      };
      ended(await inPartitions(options, run));
    });
}

export function statusText(status: Status): string {
  const { live, spend, paused, now, lastCycle } = status;
  return [
    live.kind === "target"
      ? `live color   ${live.color}, release ${live.release} (parameter version ${live.version})`
      : `live color   ${live.outcome}: ${live.message}`,
    ...flipText(status),
    ...status.beside.map(
      ({ color, role, until }) => `beside       ${color}, ${role}, for ${age(until - now)} more`,
    ),
    paused === undefined
      ? `state        ${status.state}${status.generation === undefined ? "" : ` (generation ${status.generation})`}`
      : `state        paused ${age(now - paused.at)} ago by ${paused.by}: ${paused.reason} (incident ${paused.incident}, generation ${status.generation})`,
    ...(status.throttled === undefined
      ? []
      : [
          `throttled    to ${status.throttled.maxFillsPerMinute} fills a minute by ${status.throttled.by}: ${status.throttled.reason}`,
        ]),
    ...Object.entries(status.prefixControls ?? {}).map(([name, { paused: own, throttled }]) =>
      own === undefined
        ? `throttled    ${name} to ${throttled?.maxFillsPerMinute} fills a minute by ${throttled?.by}: ${throttled?.reason}`
        : `paused       ${name} ${age(now - own.at)} ago by ${own.by}: ${own.reason}`,
    ),
    `last cycle   ${lastCycle === undefined ? "none yet" : `${lastCycle.outcome}, ${age(now - lastCycle.finishedAt)} ago`}`,
    ...(spend === undefined
      ? []
      : [
          `spend        ${formatUsd(spend.hour)} of ${formatUsd(spend.hourlyLimit)} this hour, ${formatUsd(spend.day)} of ${formatUsd(spend.dailyLimit)} today (${formatUsd(spend.fillCostToday)} fills)`,
        ]),
    ...fillCostText(status),
    status.prefixes.length === 0 ? "prefixes     none yet" : "prefixes",
    ...status.prefixes.map((prefix) => `  ${prefixText(prefix, now)}`),
    ...organicText(status),
    ...adviceText(status),
    ...status.unconfirmed.map(
      (endpoint) => `warning      ${endpoint} has not confirmed its subscription: it hears nothing`,
    ),
    ...(status.state === "paused" ? ['next         warmer resume --reason "…"'] : []),
    ...(status.state === "not_initialised" ? ["next         warmer init --color COLOR"] : []),
  ].join("\n");
}

function flipText({ flip, now }: Status): string[] {
  if (flip === undefined) return [];
  const how =
    flip.provenAt === undefined
      ? "not proven yet"
      : `proven warm ${((flip.provenAt - flip.at) / 1000).toFixed(1)} s later`;
  return [`last flip    ${flip.from} -> ${flip.to}, ${age(now - flip.at)} ago, ${how}`];
}

function fillCostText({ fillCost }: Status): string[] {
  if (fillCost === undefined) return [];
  const { rate, normal, ratio, baseline, level, explained, spike, netSaving, problems } = fillCost;
  const times = ratio === undefined ? "" : `, ${ratio.toFixed(1)} times normal`;
  const why = explained > 0 ? ` (known events explain ${formatUsd(explained)})` : "";
  return [
    `fill rate    ${formatUsd(rate)} an hour${why}${times}${level === undefined ? "" : `: ${level}`}`,
    baseline.state === "learning"
      ? `baseline     learning, day ${baseline.day} of 7; until then only the limits alarm`
      : `baseline     ${formatUsd(baseline.hourlyPeak)} an hour at its peak, ${formatUsd(baseline.fillRate)} a day, of ${baseline.hoursCounted} hours; normal is ${formatUsd(normal)} an hour`,
    ...(spike === undefined
      ? []
      : [
          `spike        ${spike.level}, incident ${spike.incident}${spike.calmSince === undefined ? "" : ", calm again"}`,
        ]),
    ...(netSaving === undefined ? [] : [`saved        ${formatUsd(netSaving)} net in 7 days`]),
    ...problems.map((problem) => `warning      history: ${problem}`),
  ];
}

function organicText({ organic }: Status): string[] {
  if (organic === undefined) return [];
  const rate =
    organic.hitRate === undefined ? "no cacheable tokens" : `${(100 * organic.hitRate).toFixed(1)} % hits`;
  const misses = Object.entries(organic.misses)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`);
  return [
    `application  ${organic.requests} requests in 15 min, ${rate}${misses.length === 0 ? "" : `; missed: ${misses.join(", ")}`}`,
  ];
}

function adviceText({ advice, now }: Status): string[] {
  if (advice === undefined) return [];
  if ("problem" in advice) return [`ttl advice   ${advice.problem}`];
  const of = (ttl: string) => (ttl === "own" ? "their own TTL" : ttl);
  const listed = Object.entries(advice.listed)
    .filter(([, count]) => count > 0)
    .map(([ttl, count]) => `, ${of(ttl)} for ${count} listed`);
  return [
    `ttl advice   ${of(advice.unlisted)} for prompts that are not listed${listed.join("")}; published ${age(now - advice.publishedAt)} ago`,
  ];
}

function prefixText(prefix: PrefixStatus, now: number): string {
  const { name, proof, ttl, provenAt, aliveUntil, dueAt, fingerprint } = prefix;
  const left = aliveUntil === undefined ? 0 : aliveUntil - now;
  const proofText =
    proof === "warm"
      ? `read ${age(now - (provenAt ?? now))} ago, proof lasts ${age(left)} more`
      : proof === "filled"
        ? `written, not yet read back; lasts ${age(left)} more`
        : proof === "stopped"
          ? `stopped: ${prefix.stopped}${prefix.stopped === "warmer_loop" ? `; after mending it: warmer resume --prefix ${name} --reason "…"` : ""}`
          : "no valid proof";
  const due = dueAt === NEVER ? "until it is used" : dueAt <= now ? "due now" : `due in ${age(dueAt - now)}`;
  const passed = prefix.passed === undefined ? "" : `; plan: ${prefix.passed}`;
  const where = prefix.beside === true ? "  beside" : prefix.required ? "" : "  optional";
  return `${name.padEnd(14)}${proof.padEnd(8)}${ttl}  ${proofText}${passed}; ${due}  ${fingerprint.slice(0, 12)}${where}`;
}
