import { MINUTE_MS, NEVER } from "../due.ts";
import type { PlanState, Policy } from "./policy.ts";

/**
 * What the planner remembers of a prefix as bytes, for the store: 32 fixed ones and two for each learned number,
 * 188 in all for the adaptive policy. What is given anew each time (fingerprint, `required`, tariff) is not in it.
 */
const VERSION = 3;
const HEADER = 32;
const NO_MINUTE = 0xffffffff;

export function encodePlanState(state: PlanState): Uint8Array {
  const bytes = new Uint8Array(HEADER + 2 * state.learned.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(
    1,
    (state.live === "1h" ? 1 : 0) |
      (state.advice === "1h" ? 2 : 0) |
      (state.retired ? 4 : 0) |
      (state.filled ? 8 : 0),
  );
  view.setUint8(2, state.touchesLeft);
  view.setUint8(3, state.touchesSent);
  view.setUint32(4, state.tokens);
  view.setUint16(8, state.requests);
  // 10 and 11 are free.
  view.setUint32(12, state.born);
  view.setUint32(16, state.lastUse);
  view.setUint32(20, state.lastStart / 1000);
  view.setUint32(24, minuteOf(state.touchAt));
  view.setUint32(28, minuteOf(state.dueAt));
  state.learned.forEach((number, at) => {
    view.setUint16(HEADER + 2 * at, number);
  });
  return bytes;
}

/** @throws RangeError when the bytes are another version's, or another policy's: forget them, they are learned again */
export function decodePlanState(
  bytes: Uint8Array,
  given: Pick<PlanState, "fingerprint" | "required" | "tariff">,
  policy: Pick<Policy, "learnedSize">,
): PlanState {
  const expected = HEADER + 2 * policy.learnedSize;
  if (bytes.length !== expected || bytes[0] !== VERSION) {
    throw new RangeError(
      `plan state must have version ${VERSION} and ${expected} bytes, got: version ${bytes[0]}, ${bytes.length} bytes; forget it, it is learned again.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(1);
  return {
    fingerprint: given.fingerprint,
    required: given.required,
    tariff: given.tariff,
    live: flags & 1 ? "1h" : "5m",
    advice: flags & 2 ? "1h" : "5m",
    retired: (flags & 4) !== 0,
    filled: (flags & 8) !== 0,
    touchesLeft: view.getUint8(2),
    touchesSent: view.getUint8(3),
    tokens: view.getUint32(4),
    requests: view.getUint16(8),
    born: view.getUint32(12),
    lastUse: view.getUint32(16),
    lastStart: view.getUint32(20) * 1000,
    touchAt: instantOf(view.getUint32(24)),
    dueAt: instantOf(view.getUint32(28)),
    learned: Uint16Array.from({ length: policy.learnedSize }, (_, at) => view.getUint16(HEADER + 2 * at)),
  };
}

function minuteOf(instant: number): number {
  return instant === NEVER ? NO_MINUTE : instant / MINUTE_MS;
}

function instantOf(minute: number): number {
  return minute === NO_MINUTE ? NEVER : minute * MINUTE_MS;
}
