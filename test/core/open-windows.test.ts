import { describe, expect, it } from "vitest";
import { emptyLedger } from "../../lib/core/ledger.ts";
import { knowsItsShare, openWindows } from "../../lib/core/open-windows.ts";
import { SHARE_STEPS } from "../../lib/core/partitions.ts";
import { HOUR, NOON } from "./samples.ts";

/** A ledger that has noted a share; `undefined`: none. */
const noted = (share: number | undefined) => ({
  ...emptyLedger(NOON),
  ...(share !== undefined && { share }),
});

/** A warmer without partitions has no share in its configuration. */
const configured = (share: number | undefined) => (share === undefined ? {} : { share });

describe("a ledger that opens its windows", () => {
  it.each([
    { what: "a partition", before: 300, config: 300, after: 300, gains: false },
    { what: "a partition that has more", before: 300, config: 500, after: 500, gains: true },
    { what: "a partition that has less", before: 300, config: 200, after: 200, gains: false },
    { what: "a new partition", before: undefined, config: 300, after: 300, gains: false },
    {
      what: "a warmer without partitions",
      before: undefined,
      config: undefined,
      after: undefined,
      gains: false,
    },
    {
      what: "a warmer that was whole all the time",
      before: SHARE_STEPS,
      config: undefined,
      after: SHARE_STEPS,
      gains: false,
    },
    { what: "a warmer that became whole", before: 0, config: undefined, after: SHARE_STEPS, gains: true },
  ])("of $what knows its share afterwards: $after", ({ before, config, after, gains }) => {
    const ledger = noted(before);
    expect(knowsItsShare(ledger, configured(config))).toBe(before === after);
    const open = openWindows(ledger, configured(config), NOON);
    expect(open.share).toBe(after);
    expect(open.gain !== undefined).toBe(gains);
    expect(knowsItsShare(open, configured(config))).toBe(true);
    if (before === after) expect(open).toBe(ledger);
  });

  it("opens those of the instant", () => {
    const open = openWindows(noted(300), { share: 300 }, NOON + HOUR);
    expect(open.hour.key).toBe((NOON + HOUR) / HOUR);
  });
});
