import type { Control } from "./control.ts";

/** Something about a release that people are told once. The monitor sends it and takes it out when SNS has it. */
export interface News {
  readonly at: number;
  /** ASCII, at most 100 characters: what SNS takes. */
  readonly subject: string;
  readonly message: string;
}

/** The control item must stay small; what does not fit is older news than what does. */
const MAX_WAITING = 2;
const MAX_MESSAGE = 500;

/** Puts news into the control item. */
export function tell(control: Control, news: News): Control {
  const short = { ...news, subject: news.subject.slice(0, 100), message: news.message.slice(0, MAX_MESSAGE) };
  return { ...control, news: [...(control.news ?? []), short].slice(-MAX_WAITING) };
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
