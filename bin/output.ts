import { shownLines } from "../lib/core/received.ts";

/** Data goes to stdout, talk to stderr; `--json` prints one JSON document and nothing else on stdout. */
export interface Output {
  readonly json: boolean;
  data(value: unknown, text: string): void;
  /** Some of it quotes a file's name, or what somebody else answered: it is escaped and cut. */
  talk(line: string): void;
}

export function makeOutput(json: boolean): Output {
  return {
    json,
    data: (value, text) => void process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`),
    talk: (line) => void process.stderr.write(`${shownLines(line)}\n`),
  };
}

/** `5 s`, `12 min`, `3.4 h`, `2 days`: how long ago something was, for people. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
