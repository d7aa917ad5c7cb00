import type { Control } from "./control.ts";
import { cutBytes } from "./cut-bytes.ts";

/** Something about a release that people are told once. The monitor sends it and takes it out when SNS has it. */
export interface News {
  readonly at: number;
  /** ASCII, at most 100 characters: what SNS takes. */
  readonly subject: string;
  readonly message: string;
  /** How many came before it that were not kept. */
  readonly missed?: number;
}

/** The control item must stay small: what waits has so many bytes at most, and the oldest give way. */
const MAX_WAITING_BYTES = 780;
const MAX_SUBJECT_BYTES = 100;
const MAX_MESSAGE_BYTES = 480;

/** Puts news into the control item. What does not fit any more is counted: nobody is left to think that all is told. */
export function tell(control: Control, { at, subject, message }: News): Control {
  const fresh: News = {
    at,
    subject: cutBytes(subject, MAX_SUBJECT_BYTES),
    message: cutBytes(message, MAX_MESSAGE_BYTES),
  };
  const waiting: News[] = [...(control.news ?? []), fresh];
  let missed = 0;
  while (waiting.length > 1 && waiting.reduce((sum, news) => sum + bytesOf(news), 0) > MAX_WAITING_BYTES) {
    missed += 1 + (waiting.shift()?.missed ?? 0);
  }
  // Only the oldest one counts what came before it: when it gives way, its count goes on with the others.
  const [oldest = fresh, ...rest] = waiting;
  const first = missed === 0 ? oldest : { ...oldest, missed };
  return { ...control, news: [first, ...rest] };
}

/** What is sent of it. */
export function newsText({ message, missed = 0 }: News): string {
  return missed === 0 ? message : `${message}\n(${missed} older ones could not be kept while SNS was away.)`;
}

/** Takes out what was delivered; what came meanwhile stays. */
export function told(control: Control, sent: readonly News[]): Control {
  const key = ({ at, message }: News) => `${at} ${message}`;
  const delivered = new Set(sent.map(key));
  const left = (control.news ?? []).filter((news) => !delivered.has(key(news)));
  if (left.length === (control.news ?? []).length) return control;
  const { news: _all, ...rest } = control;
  return left.length === 0 ? rest : { ...rest, news: left };
}

function bytesOf({ subject, message }: News): number {
  return Buffer.byteLength(subject) + Buffer.byteLength(message);
}
