import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Control } from "../../lib/core/control.ts";
import { type News, newsText, tell, told } from "../../lib/core/news.ts";
import { aControl, NOON } from "./samples.ts";

const aNews = (i: number, message = `message ${i}`): News => ({
  at: NOON + i,
  subject: `subject ${i}`,
  message,
});
const all = (control: Control): readonly News[] => control.news ?? [];

describe("news", () => {
  it("wait in the order in which they came", () => {
    const control = [1, 2, 3].reduce((before, i) => tell(before, aNews(i)), aControl());
    expect(all(control)).toEqual([aNews(1), aNews(2), aNews(3)]);
  });

  it("take a bounded number of bytes, keep the newest, and count what did not fit", () => {
    // The replacement character itself would look like half a character that was left standing.
    const text = fc
      .string({ unit: "grapheme", maxLength: 700 })
      .filter((candidate) => !candidate.includes("\ufffd"));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 9 }), (texts) => {
        const control = texts.reduce(
          (before, [subject, message], i) => tell(before, { at: NOON + i, subject, message }),
          aControl(),
        );
        const bytes = all(control).map(({ subject, message }) => Buffer.byteLength(subject + message));
        expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(780);
        expect(all(control).at(-1)?.at).toBe(NOON + texts.length - 1);
        const missed = all(control).reduce((sum, news) => sum + (news.missed ?? 0), 0);
        expect(all(control).length + missed).toBe(texts.length);
        expect(JSON.stringify(control)).not.toContain("\ufffd");
      }),
    );
  });

  it("say how many were not kept", () => {
    expect(newsText(aNews(1))).toBe("message 1");
    expect(newsText({ ...aNews(1), missed: 2 })).toMatch(/^message 1\n\(2 older ones could not be kept/);
  });

  it("that were delivered are taken out, and what came meanwhile stays", () => {
    const control = [1, 2].reduce((before, i) => tell(before, aNews(i)), aControl());
    expect(all(told(control, [aNews(1)]))).toEqual([aNews(2)]);
    expect(told(control, [aNews(1), aNews(2)])).not.toHaveProperty("news");
    expect(told(control, [aNews(3)])).toBe(control);
  });

  it("of one instant and subject are told apart by what they say", () => {
    const one = { ...aNews(1), message: "a" };
    const other = { ...aNews(1), message: "b" };
    expect(all(told(tell(tell(aControl(), one), other), [one]))).toEqual([other]);
  });
});
