import { dayName } from "../plan/calendar.ts";
import { shown } from "../received.ts";
import { turnAfter } from "../usage/turns.ts";

/** Organic requests in order of time. Columns, because ten million rows must fit in memory. */
export interface Trace {
  readonly name: string;
  /** Seconds since the epoch, or since any midnight of a Thursday: only hours of the week are read from them. */
  readonly times: Float64Array;
  readonly tokens: Uint32Array;
  /** Index into `ids`. */
  readonly prefix: Uint32Array;
  readonly ids: readonly string[];
  /** Per request, the index of the prefix that this one replaces, plus 1; 0 for none. */
  readonly replaces?: Uint32Array | undefined;
  /** Per request, 1 when it ended its session. */
  readonly ended?: Uint8Array | undefined;
  /** Per request, 1 when its reply left the turn open (`tool_use`), 2 when it ended it, 0 when unknown. */
  readonly stop?: Uint8Array | undefined;
  /** Days of which a request says that they are closed, as "2026-12-25": known beforehand, as a calendar is. */
  readonly closedDays?: readonly string[] | undefined;
}

/** A trace that cannot be read; the message names file, line, rule and value. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

const REQUIRED = ["t_seconds", "prefix_id", "prefix_tokens"] as const;
const MAX_SECONDS = 1e11;
const MAX_TOKENS = 100_000_000;

/** One request as a row names it. */
export interface TraceRow {
  readonly tokens: number;
  readonly replaces?: string;
  readonly stopReason?: string;
  readonly sessionEnd?: boolean;
  readonly closed?: boolean;
}

/**
 * Collects rows into columns, from the lines of a file or from a generator. Rows are in order of time; two equal
 * rows are two requests.
 */
export class TraceBuilder {
  private readonly name: string;
  private times = new Float64Array(1024);
  private tokens = new Uint32Array(1024);
  private prefix = new Uint32Array(1024);
  private replaces: Uint32Array | undefined;
  private ended: Uint8Array | undefined;
  private stop: Uint8Array | undefined;
  private closedDays: Set<string> | undefined;
  private readonly index = new Map<string, number>();
  private readonly ids: string[] = [];
  private columns: Map<string, number> | undefined;
  private lines = 0;
  private rows = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** One line of the file; the first names the columns. @throws TraceError */
  line(raw: string): void {
    this.lines++;
    const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (text.trim() === "") return;
    const cells = text.split(",");
    if (this.columns === undefined) {
      this.columns = this.header(cells, text);
      return;
    }
    const cell = (column: string) => {
      const at = this.columns?.get(column);
      return at === undefined ? "" : unquoted(cells[at] ?? "");
    };
    this.row(this.number("t_seconds", cell("t_seconds"), MAX_SECONDS), cell("prefix_id"), {
      tokens: this.number("prefix_tokens", cell("prefix_tokens"), MAX_TOKENS),
      replaces: cell("replaces"),
      stopReason: cell("stop_reason"),
      sessionEnd: isYes(cell("session_end")),
      closed: isYes(cell("closed")),
    });
  }

  /** One request. Times never fall; `replaces` names the prefix that this one takes the place of. @throws TraceError */
  row(time: number, id: string, rest: TraceRow): void {
    if (id === "") this.fail("prefix_id must not be empty", id);
    const previous = this.rows === 0 ? 0 : (this.times[this.rows - 1] as number);
    if (time < previous) {
      this.fail(`t_seconds must not fall (${previous} came before it); sort the file by time`, time);
    }
    if (this.rows === this.times.length) this.grow();
    const at = this.rows++;
    this.times[at] = time;
    this.tokens[at] = rest.tokens;
    this.prefix[at] = this.indexOf(id);
    if (rest.replaces !== undefined && rest.replaces !== "") {
      this.replaces ??= new Uint32Array(this.times.length);
      this.replaces[at] = this.indexOf(rest.replaces) + 1;
    }
    if (rest.sessionEnd === true) {
      this.ended ??= new Uint8Array(this.times.length);
      this.ended[at] = 1;
    }
    if (rest.closed === true) {
      this.closedDays ??= new Set();
      this.closedDays.add(dayName(Math.floor(time / 86_400)));
    }
    const turn = turnAfter(rest.stopReason);
    if (turn !== undefined) {
      this.stop ??= new Uint8Array(this.times.length);
      this.stop[at] = turn === "open" ? 1 : 2;
    }
  }

  /** @throws TraceError when there was no row */
  finish(): Trace {
    if (this.lines === 0 && this.rows === 0) this.fail("the file must not be empty", "");
    if (this.rows === 0) this.fail("a request must follow the names of the columns", "");
    return {
      name: this.name,
      times: this.times.subarray(0, this.rows),
      tokens: this.tokens.subarray(0, this.rows),
      prefix: this.prefix.subarray(0, this.rows),
      ids: this.ids,
      replaces: this.replaces?.subarray(0, this.rows),
      ended: this.ended?.subarray(0, this.rows),
      stop: this.stop?.subarray(0, this.rows),
      closedDays: this.closedDays && [...this.closedDays],
    };
  }

  private header(cells: readonly string[], line: string): Map<string, number> {
    const columns = new Map(cells.map((name, at) => [unquoted(name.replace(/^\uFEFF/, "")), at]));
    for (const column of REQUIRED) {
      if (columns.has(column)) continue;
      this.fail(`the first line must name the column ${column} (needed: ${REQUIRED.join(",")})`, line);
    }
    return columns;
  }

  private number(column: string, text: string, max: number): number {
    const value = Number(text);
    if (text === "" || !Number.isFinite(value) || value < 0 || value > max) {
      this.fail(`${column} must be a number from 0 to ${max}`, text);
    }
    if (column === "prefix_tokens" && !(Number.isInteger(value) && value > 0)) {
      this.fail(`${column} must be a whole number above 0`, text);
    }
    return value;
  }

  private indexOf(id: string): number {
    let at = this.index.get(id);
    if (at === undefined) {
      at = this.ids.length;
      // A slice would keep its whole chunk of the file in memory.
      const copy = Buffer.from(id).toString();
      this.ids.push(copy);
      this.index.set(copy, at);
    }
    return at;
  }

  private grow(): void {
    const size = Math.ceil(this.times.length * 1.7);
    const copy = <A extends Float64Array | Uint32Array | Uint8Array>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.times = copy(new Float64Array(size), this.times);
    this.tokens = copy(new Uint32Array(size), this.tokens);
    this.prefix = copy(new Uint32Array(size), this.prefix);
    this.replaces = this.replaces && copy(new Uint32Array(size), this.replaces);
    this.ended = this.ended && copy(new Uint8Array(size), this.ended);
    this.stop = this.stop && copy(new Uint8Array(size), this.stop);
  }

  private fail(rule: string, received: string | number): never {
    throw new TraceError(`${this.name}, line ${Math.max(1, this.lines)}: ${rule}, got: ${shown(received)}.`);
  }
}

function isYes(cell: string): boolean {
  return cell === "1" || cell === "true";
}

function unquoted(cell: string): string {
  const text = cell.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
