import { describe, expect, it } from "vitest";
import { adviceStatus } from "../../lib/app/advice-status.ts";
import { AdviceFailed } from "../../lib/app/errors.ts";
import { organicStatus } from "../../lib/app/organic-status.ts";
import { readReport } from "../../lib/app/report.ts";
import { newControl } from "../../lib/core/control.ts";
import { aUse, MINUTE, NOON } from "../core/samples.ts";

const history = { hours: [], days: [] };

const ports = (isInitialised = true) => ({
  clock: { now: () => NOON },
  control: {
    read: async () => (isInitialised ? { control: newControl(NOON), revision: "1" } : undefined),
  },
  history: { read: async () => ({ history, problems: ["an hour is damaged"] }) },
});

describe("the report of a month", () => {
  it("is that of the month under way, where none is asked for", async () => {
    const report = await readReport(ports());
    expect(report).toEqual({ ...(await readReport(ports(), "2026-11")), problems: ["an hour is damaged"] });
    expect(report).not.toEqual(await readReport(ports(), "2026-10"));
  });

  it("is refused before there is a control item", async () => {
    await expect(readReport(ports(false))).rejects.toThrow(
      "there is no control item yet; run `warmer init` first",
    );
  });
});

describe("how the application fares", () => {
  const status = (...uses: readonly ReturnType<typeof aUse>[]) =>
    organicStatus([{ minute: NOON - MINUTE, writer: "w", part: 0, lost: 4, prefixes: uses }], []);

  it("is its requests, its hit rate, its misses, and what was lost", () => {
    expect(status(aUse({ requests: 10, cold: 3, readTokens: 80, write5mTokens: 20 }))).toMatchObject({
      requests: 10,
      hitRate: 0.8,
      misses: { bytes_differ: 3 },
      lost: 4,
    });
  });

  it("has no hit rate where nothing was read or written", () => {
    expect(status(aUse({ readTokens: 0 }))).not.toHaveProperty("hitRate");
  });
});

describe("the advice as it is published", () => {
  const published = (value: string) => adviceStatus({ read: async () => ({ value, modifiedAt: NOON }) });

  it("is none before it is", async () => {
    expect(await adviceStatus({ read: async () => undefined })).toBeUndefined();
  });

  it("says since when, and what is advised for what is not listed", async () => {
    expect(await published('{"schema":1,"unlisted":"own"}')).toEqual({
      publishedAt: NOON,
      unlisted: "own",
      listed: { "1h": 0, "5m": 0, own: 0 },
    });
  });

  it("is a problem where it cannot be understood, or read", async () => {
    expect(await published("blue")).toEqual({ problem: expect.stringMatching(/^TTL advice: ./) });
    const refused = async () => {
      throw new AdviceFailed("no permission");
    };
    expect(await adviceStatus({ read: refused })).toEqual({ problem: "no permission" });
  });

  it("is an error where anything else fails", async () => {
    const broken = async () => {
      throw new TypeError("a bug");
    };
    await expect(adviceStatus({ read: broken })).rejects.toThrow(TypeError);
  });
});
