import { CAUSES, type Candidate, type Diagnosis } from "./diagnosis.ts";
import { MINUTE_MS } from "./due.ts";
import { eventText } from "./event-text.ts";
import type { Level, SpikeReading } from "./fill-cost/spike.ts";
import { formatUsd, type MicroUsd } from "./money.ts";
import { commandsFor } from "./partitions.ts";

/** What a notification of a spike is made of. */
export interface SpikeNews {
  readonly service: string;
  /** With the partition's name if there are several. */
  readonly environment: string;
  readonly partition?: string;
  readonly level: Level;
  /** In words: "immediate", "within 2 hours". */
  readonly responseTime: string;
  readonly reading: SpikeReading;
  readonly diagnosis: Diagnosis;
  /** One thread per incident. */
  readonly incidentId: string;
  /** When the spike began, and now: ms since the epoch. */
  readonly since: number;
  readonly now: number;
  readonly spend: {
    readonly hour: MicroUsd;
    readonly hourlyLimit: MicroUsd;
    readonly day: MicroUsd;
    readonly dailyLimit: MicroUsd;
  };
  /** URL of the runbook. */
  readonly runbook: string;
}

/**
 * The event that Amazon Q Developer in chat applications (formerly AWS Chatbot) shows in a channel. It drops without a
 * word whatever has another form, plain text too. Notifications of one `threadId` become one thread where the channel
 * allows threads. Source: docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html, copy read 2026-11-21.
 */
export interface ChatMessage {
  readonly version: "1.0";
  readonly source: "custom";
  readonly id?: string;
  readonly content: {
    readonly textType: "client-markdown";
    readonly title: string;
    readonly description: string;
    readonly nextSteps?: readonly string[];
    readonly keywords?: readonly string[];
  };
  readonly metadata: {
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources?: readonly string[];
    readonly additionalContext?: Readonly<Record<string, string>>;
  };
}

/** One piece of news in each of its forms: for mail, and for a chat channel. */
export interface Notification {
  /** ASCII, at most 100 characters: what SNS takes. */
  readonly subject: string;
  readonly text: string;
  readonly chat: ChatMessage;
}

/** A person reads no more patterns than these, and the first of them is the one to act on. */
const PATTERNS_SHOWN = 2;

const MAX_SUBJECT = 100;

/**
 * A spike as people read it: what, since when, how fast somebody must look, the rate against normal, the money against
 * the limits, what is known to have happened, what it may be and why, and what to type next. It holds names, figures and
 * ids; a prompt's text or a key is in nothing that it is made of.
 */
export function spikeNotification(news: SpikeNews): Notification {
  const { service, environment, level, diagnosis, incidentId } = news;
  const headline = `fill cost ${level}${timesNormal(news)}`;
  const subject = `${service} ${environment}: ${headline}`.slice(0, MAX_SUBJECT);
  const patterns = diagnosis.candidates.slice(0, PATTERNS_SHOWN);
  const facts = factsOf(news);
  const next = nextOf(news, patterns);
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  return {
    subject,
    text: [
      `${service} ${environment}: cache writes cost more than normal (${level}).`,
      ...facts.map(([name, fact]) => `${`${name}:`.padEnd(width)}${fact}`),
      "",
      ...patterns.flatMap(patternText),
      "",
      "Next:",
      ...next.map((command) => `  ${command}`),
      "",
      `Runbook: ${news.runbook}`,
    ].join("\n"),
    chat: {
      version: "1.0",
      source: "custom",
      id: `${incidentId}.${level}`,
      content: {
        textType: "client-markdown",
        title: escaped(subject),
        description: [
          ...facts.map(([name, fact]) => `*${name}*: ${escaped(fact)}`),
          ...patterns.map((pattern) => escaped(patternText(pattern).join("\n"))),
        ].join("\n"),
        nextSteps: [...next.map((command) => `\`${command}\``), `Runbook: ${news.runbook}`],
        keywords: [level, service, environment, ...patterns.map(({ cause }) => cause)],
      },
      metadata: {
        threadId: incidentId,
        summary: escaped(headline),
        eventType: `fill-cost-${level}`,
        relatedResources: [`${service}/${environment}`],
        additionalContext: { incident: incidentId, cause: patterns[0]?.cause ?? "unknown", level },
      },
    },
  };
}

function factsOf(news: SpikeNews): (readonly [name: string, fact: string])[] {
  const { reading, diagnosis, spend, since, now, incidentId, responseTime } = news;
  const { rate, normal, explained } = reading;
  const { fills, unexpected, failed, events } = diagnosis;
  const minutes = Math.max(0, Math.round((now - since) / MINUTE_MS));
  return [
    ["Respond", responseTime],
    ["Since", `${new Date(since).toISOString()}, ${minutes} minutes ago`],
    [
      "Rate",
      `${formatUsd(rate)} an hour; normal is ${formatUsd(normal)}${explained === 0 ? "" : `, and known events explain ${formatUsd(explained)}`}`,
    ],
    [
      "Spent",
      `${formatUsd(spend.hour)} of ${formatUsd(spend.hourlyLimit)} this hour, ${formatUsd(spend.day)} of ${formatUsd(spend.dailyLimit)} today (UTC)`,
    ],
    ["Touches", `${fills} fills, ${unexpected} of them where a read was due; ${failed} failed`],
    ...events.map((event) => ["Known", eventText(event, since)] as const),
    ["Incident", incidentId],
  ];
}

function timesNormal({ reading: { ratio } }: SpikeNews): string {
  return ratio === undefined ? "" : `, ${ratio.toFixed(1)} times normal`;
}

function patternText({ cause, confidence, evidence }: Candidate): string[] {
  return [
    `${cause} (${Math.round(100 * confidence)} %): ${CAUSES[cause].meaning}`,
    ...evidence.map((fact) => `  - ${fact}`),
  ];
}

/** What the patterns ask for, each command once, and how the incident ends. */
function nextOf({ incidentId, partition }: SpikeNews, patterns: readonly Candidate[]): string[] {
  const cause = patterns[0]?.cause ?? "unknown";
  return [
    ...new Set([
      ...patterns.flatMap(({ next }) => next),
      "warmer diagnose",
      `warmer incidents close ${incidentId} --cause ${cause} --note "what was found"`,
    ]),
  ].map((command) => commandsFor(partition, command));
}

/** Chat clients take these three for marks of their own: a name must not become a link or a mention. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
