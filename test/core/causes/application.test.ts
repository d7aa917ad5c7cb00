import { describe, expect, it } from "vitest";
import { organicMiss } from "../../../lib/core/causes/application.ts";
import { evidenceOf } from "./samples.ts";

const sends = (requests: number, unlisted: number, cold = 0) =>
  organicMiss(evidenceOf([], { application: { requests, unlisted, cold } }));

describe("an application that sends other bytes than the published ones", () => {
  it("says of how many requests, and how many of them had to write", () => {
    expect(sends(20, 10, 7)).toEqual({
      cause: "organic_miss",
      confidence: 0.73,
      evidence: [
        "10 of 20 requests of the application (50 %) have bytes that no manifest lists",
        "7 of them had to write",
      ],
      next: ["warmer status", "warmer capture"],
    });
  });

  it.each([
    [9, 9, undefined],
    [10, 10, 0.95],
    [10, 3, 0.64],
    [100, 29, undefined],
    [0, 0, undefined],
  ])("with %d requests, %d of them unlisted, is sure to %s", (requests, unlisted, confidence) => {
    expect(sends(requests, unlisted)?.confidence).toBe(confidence);
  });
});
