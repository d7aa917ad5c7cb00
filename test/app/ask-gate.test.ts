import { describe, expect, it } from "vitest";
import { askGate } from "../../lib/app/ask-gate.ts";
import { Refused } from "../../lib/app/errors.ts";
import type { Gate } from "../../lib/core/release/gate.ts";
import { aGate } from "../core/release/samples.ts";
import { MINUTE, NOON, SECOND } from "../core/samples.ts";

const WARM = { result: "warm", reason: "proven", at: NOON + SECOND } as const;
const question = { color: "green", minCoverage: 0.5, timeoutSeconds: 60, failDeployment: true };
const half = (at: number) => ({ progress: { warm: 1, required: 2, coverage: 0.5, at } });

/** Asks a function that gives these answers one after the other, the last for ever. */
async function asking(answers: readonly unknown[], startAt = NOON) {
  const asked: unknown[] = [];
  const heard: Gate[] = [];
  let now = startAt;
  const sleep = async (ms: number) => {
    now += ms;
  };
  const gate = {
    invoke: async (payload: unknown) => {
      asked.push(payload);
      return answers[Math.min(asked.length, answers.length) - 1];
    },
  };
  const ports = { gate, clock: { now: () => now, sleep } };
  const answered = await askGate(ports, question, (one) => heard.push(one));
  return { answered, asked, heard, endedAt: now };
}

describe("whoever asks for a gate", () => {
  it("gets the answer that is there at once, and looks no second time", async () => {
    const gate = aGate({ answer: WARM, ...half(NOON) });
    expect(await asking([gate])).toEqual({ answered: gate, asked: [question], heard: [], endedAt: NOON });
  });

  it("opens it once with its question, and then looks every two seconds by its id", async () => {
    const { answered, asked, endedAt } = await asking([aGate(), aGate(), aGate({ answer: WARM })]);
    expect(answered.answer).toEqual(WARM);
    expect(asked).toEqual([question, { id: "gate-1" }, { id: "gate-1" }]);
    expect(endedAt).toBe(NOON + 4 * SECOND);
  });

  it("hears of each look that brought news, and of none that brought the same", async () => {
    const looks = [undefined, NOON + 1, NOON + 1, NOON + 2, NOON + 2].map((at) =>
      aGate(at === undefined ? {} : half(at)),
    );
    const { heard } = await asking([...looks, aGate({ answer: WARM })]);
    expect(heard.map(({ progress }) => progress?.at)).toEqual([NOON + 1, NOON + 2]);
  });

  it("waits a minute and a half past its end for the tick that expires it, and no longer", async () => {
    const { deadline } = aGate();
    const { answered, endedAt } = await asking([aGate()], deadline - SECOND);
    expect(endedAt).toBe(deadline + 91 * SECOND);
    expect(answered).toEqual({
      ...aGate(),
      answer: {
        result: "inconclusive",
        reason: "the warm function did not look at the gate; see `warmer status`",
        at: endedAt,
      },
    });
    const patient = await asking([aGate(), aGate({ answer: WARM })], deadline + 1.5 * MINUTE);
    expect(patient.answered.answer).toEqual(WARM);
  });

  it("is told why it was refused, at the opening or later", async () => {
    const refused = { refused: "green has no manifest" };
    await expect(asking([refused])).rejects.toThrow(new Refused("green has no manifest"));
    await expect(asking([aGate(), refused])).rejects.toThrow(Refused);
  });
});
