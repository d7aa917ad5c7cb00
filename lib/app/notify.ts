import type { WarmerConfig } from "../core/config.ts";
import { incidentId, isAboutLimit, noticeText, recordNotice } from "../core/incident.ts";
import { type News, newsText, told } from "../core/news.ts";
import { delivered, type Notice } from "../core/notice.ts";
import { commandsFor, placeName } from "../core/partitions.ts";
import type { ControlSession } from "./control-session.ts";
import type { IncidentStore, Notifier } from "./ports.ts";

/** Sends what waits to be told of releases, and takes out what SNS has acknowledged. @returns how much still waits */
export async function sendNews(
  { notifier }: { readonly notifier: Notifier },
  { service, ...config }: Pick<WarmerConfig, "service" | "environment" | "partition">,
  session: ControlSession,
): Promise<number> {
  const waiting = session.control.news ?? [];
  const environment = placeName(config);
  const sent: News[] = [];
  for (const news of waiting) {
    const subject = `${service} ${environment}: ${news.subject}`.slice(0, 100);
    const message = withCommandsFor(config.partition, newsText(news));
    if (await notifier.send({ subject, message, aboutLimit: false })) sent.push(news);
  }
  if (sent.length > 0) await session.change((control) => told(control, sent));
  return waiting.length - sent.length;
}

/**
 * Keeps what waits in the outbox as incidents, sends it, and takes out what SNS has acknowledged. `warmer incidents`
 * so shows it while SNS is away too; a crash in between sends a notice twice, never not at all.
 *
 * @returns how many notices could not be sent and wait for the next minute
 */
export async function sendNotices(
  ports: { readonly notifier: Notifier; readonly incidents: IncidentStore },
  config: Pick<WarmerConfig, "service" | "environment" | "partition">,
  session: ControlSession,
): Promise<number> {
  const waiting = session.control.outbox ?? [];
  const sent: Notice[] = [];
  for (const notice of waiting) {
    const { subject, message: text } = noticeText(notice, config.service, placeName(config));
    const message = withCommandsFor(config.partition, text);
    const known = await ports.incidents.get(incidentId(notice));
    await ports.incidents.put(recordNotice(known, notice));
    if (await ports.notifier.send({ subject, message, aboutLimit: isAboutLimit(notice) })) sent.push(notice);
  }
  if (sent.length > 0) await session.change((control) => delivered(control, sent));
  return waiting.length - sent.length;
}

/** What was told of one partition is to be typed for that one. */
function withCommandsFor(partition: string | undefined, message: string): string {
  return message.replace(/^Next:.*$/gm, (line) => commandsFor(partition, line));
}
