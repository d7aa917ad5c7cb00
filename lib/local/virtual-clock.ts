/**
 * The engine's time and what is still to happen in it. Life of an event: scheduled for an instant, taken when the
 * clock has reached it, run to its end, gone. Two events of one instant run in the order of their rank, then of
 * their label, then of their scheduling: the label comes before the order of scheduling because requests that a
 * function sends side by side reach the endpoint in an order that the operating system chooses.
 */

/** What happens first when several events share an instant. */
export const rank = {
  /** What a test, a demo or an operator does. */
  outside: 0,
  /** What AWS delivers: an event, an invocation, a retry. */
  delivery: 1,
  /** What AWS does by itself each minute: queue depths, alarm evaluation, planning the rules' ticks. */
  housekeeping: 2,
} as const;

export interface ScheduledEvent {
  /** Milliseconds since the epoch, virtual. */
  readonly at: number;
  readonly rank: number;
  readonly label: string;
  readonly run: () => Promise<void> | void;
}

export interface VirtualClock {
  /** Milliseconds since the epoch, virtual. */
  now(): number;
  /** Moves to `at`; never back. */
  advanceTo(at: number): void;
  /** From now on virtual time runs `speed` times as fast as `wallNow`. */
  follow(wallNow: () => number, speed: number): void;
  /** Stops following: the clock stands until it is advanced. */
  stand(): void;
}

export function virtualClock(startAt: number): VirtualClock {
  let floor = startAt;
  let running = () => floor;
  const now = () => {
    floor = Math.max(floor, running());
    return floor;
  };
  return {
    now,
    advanceTo: (at) => {
      floor = Math.max(floor, at);
    },
    follow: (wallNow, speed) => {
      const [wallStart, virtualStart] = [wallNow(), now()];
      running = () => Math.floor(virtualStart + (wallNow() - wallStart) * speed);
    },
    stand: () => {
      now();
      running = () => floor;
    },
  };
}

export interface EventQueue {
  /** An instant that has already passed counts as the present one. */
  schedule(event: ScheduledEvent): void;
  /** Instant of the next event; undefined when nothing is planned. */
  nextAt(): number | undefined;
  /** Takes the next event if its instant is not after `until`. */
  takeDue(until: number): ScheduledEvent | undefined;
}

export function eventQueue(clock: Pick<VirtualClock, "now">): EventQueue {
  const events: ScheduledEvent[] = [];
  return {
    schedule: (event) => {
      const due = { ...event, at: Math.max(event.at, clock.now()) };
      let [low, high] = [0, events.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        const other = events[middle];
        if (other !== undefined && comesFirst(due, other)) high = middle;
        else low = middle + 1;
      }
      events.splice(low, 0, due);
    },
    nextAt: () => events[0]?.at,
    takeDue: (until) => (events[0] !== undefined && events[0].at <= until ? events.shift() : undefined),
  };
}

function comesFirst(a: ScheduledEvent, b: ScheduledEvent): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.label < b.label;
}
