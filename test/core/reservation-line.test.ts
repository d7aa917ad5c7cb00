import { describe, expect, it } from "vitest";
import type { Reservation } from "../../lib/core/ledger.ts";
import { packReservation, RESERVATION_LINE, unpackReservation } from "../../lib/core/reservation-line.ts";
import { DAY, HOUR, NOON } from "./samples.ts";

const aReservation = (fields: Partial<Reservation> = {}): Reservation => ({
  id: "run.1",
  amount: 987_654_321,
  hourKey: NOON / HOUR,
  dayKey: Math.floor(NOON / DAY),
  at: NOON + 123,
  ...fields,
});

describe("a reservation's line", () => {
  it("is short where the windows are those of its instant", () => {
    expect(packReservation(aReservation())).toBe(
      `run.1 ${(987_654_321).toString(36)} ${(NOON + 123).toString(36)}`,
    );
  });

  it.each([
    ["the hour", { hourKey: NOON / HOUR + 1 }],
    ["the day", { dayKey: Math.floor(NOON / DAY) + 1 }],
    ["both", { hourKey: NOON / HOUR + 24, dayKey: Math.floor(NOON / DAY) + 1 }],
  ])("names its windows where a clock lagged: %s is another", (_what, fields) => {
    const reservation = aReservation(fields);
    const { amount, hourKey, dayKey, at } = reservation;
    const line = packReservation(reservation);
    expect(line).toBe(`run.1 ${amount} ${hourKey} ${dayKey} ${at}`);
    expect(unpackReservation(line)).toEqual(reservation);
  });

  it("holds whole milliseconds", () => {
    const line = packReservation(aReservation({ at: NOON + 122.6 }));
    expect(unpackReservation(line)).toEqual(aReservation());
  });

  it.each([
    NOON,
    NOON + HOUR - 1,
    NOON + HOUR,
    Math.floor(NOON / DAY) * DAY + DAY - 1,
    Math.floor(NOON / DAY) * DAY + DAY,
  ])("gives hour and day back at their edges (%i)", (at) => {
    const reservation = aReservation({ at, hourKey: Math.floor(at / HOUR), dayKey: Math.floor(at / DAY) });
    const line = packReservation(reservation);
    expect(line.split(" ")).toHaveLength(3);
    expect(unpackReservation(line)).toEqual(reservation);
  });

  it.each(["a 5 1", "a.b:c_d-e 0 0", "a 12345678901 12345678901", "a 5 1 1 1", "a 0 10 20 30"])(
    "matches %j",
    (line) => expect(line).toMatch(RESERVATION_LINE),
  );

  it.each([
    "",
    "a",
    "a 5",
    " 5 1",
    "a b 5 1",
    "a  5 1",
    "a 5 1 ",
    "a -5 1",
    "a 5 A",
    "a 123456789012 1",
    "a 1 123456789012",
    "a 5 1 1",
    "a 5 1 1 1 1",
    "a 5 1 1 z",
    "a z 1 1 1",
    "a 5 z 1 1",
    "a 5 1 z 1",
    "a 5 1\nb 5 1",
  ])("does not match %j, which is then damaged", (line) => expect(line).not.toMatch(RESERVATION_LINE));
});
