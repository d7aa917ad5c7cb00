import { describe, expect, it } from "vitest";
import {
  type GuardResult,
  guardManifest,
  prefixGuard,
  prefixRequest,
  ttlAdvice,
} from "../../lib/client/index.ts";
import { encodeTtlAdvice, headOf, type TtlAdvice } from "../../lib/core/plan/ttl-advice.ts";
import { aRequest, HOUR, MINUTE, NOON, prefixOf, SECOND } from "../core/samples.ts";
import { Application, FINGERPRINT, HIT } from "./application.ts";

const PROMPT = aRequest();
const QUESTION = { messages: [{ role: "user" as const, content: "Where is my order?" }], max_tokens: 20 };

const SHORT = encodeTtlAdvice({ unlisted: "own", listed: new Map([[headOf(FINGERPRINT), "5m"]]) });
const LONG: TtlAdvice = { unlisted: "1h", listed: new Map() };

/** An application whose clock, timers and Parameter Store stand still until the test moves them. */
function anApplication(published: string | undefined = SHORT, refreshMinutes?: number) {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const app = {
    now: NOON,
    published,
    reads: 0,
    /** Instead of an answer. */
    answers: undefined as (() => Promise<string | undefined>) | undefined,
    pass(ms: number) {
      app.now += ms;
      for (const timer of timers) if (timer.at <= app.now) timer.run();
    },
  };
  const advice = ttlAdvice({
    read: () => {
      app.reads += 1;
      return app.answers?.() ?? Promise.resolve(app.published);
    },
    now: () => app.now,
    after: (ms, run) => {
      const timer = { at: app.now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    ...(refreshMinutes !== undefined && { refreshMinutes }),
  });
  return { app, advice };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("the advice", () => {
  it("is the prompt's own TTL until the first read has ended, and nobody waits for that", async () => {
    const { app, advice } = anApplication();
    expect(app.reads).toBe(0);
    expect(advice.ttlFor(PROMPT)).toBeUndefined();
    await settled();
    expect(advice.ttlFor(PROMPT)).toBe("5m");
    expect(app.reads).toBe(1);
  });

  it("is there for the first request of whoever awaits ready", async () => {
    const { advice } = anApplication();
    await advice.ready();
    expect(advice.ttlFor(PROMPT)).toBe("5m");
  });

  it("holds nobody who awaits ready longer than he said", async () => {
    const { app, advice } = anApplication();
    app.answers = () => new Promise(() => {});
    let isReady = false;
    void advice.ready(500).then(() => {
      isReady = true;
    });
    app.pass(499);
    await settled();
    expect(isReady).toBe(false);
    app.pass(1);
    await settled();
    expect(isReady).toBe(true);
    expect(advice.ttlFor(PROMPT)).toBeUndefined();
  });

  it.each([
    [undefined, 5],
    [2, 2],
  ])(
    "with refreshMinutes %s is read again after %d minutes, by the next question, and given meanwhile",
    async (given, minutes) => {
      const { app, advice } = anApplication(SHORT, given);
      await advice.ready();
      app.published = encodeTtlAdvice(LONG);
      app.pass(minutes * MINUTE - 1);
      expect(advice.ttlFor(PROMPT)).toBe("5m");
      await settled();
      expect(app.reads).toBe(1);
      app.pass(1);
      // Questions that come together share one read.
      expect([advice.ttlFor(PROMPT), advice.ttlFor(PROMPT)]).toEqual(["5m", "5m"]);
      await settled();
      expect(app.reads).toBe(2);
      expect(advice.ttlFor(PROMPT)).toBe("1h");
    },
  );

  it("that cannot be read again is kept for an hour, tried every minute, and then given up", async () => {
    const { app, advice } = anApplication();
    await advice.ready();
    app.answers = () => Promise.reject(Object.assign(new Error("no"), { name: "ThrottlingException" }));
    app.pass(5 * MINUTE);
    advice.ttlFor(PROMPT);
    await settled();
    expect(advice.problem).toBe("TTL advice could not be read: ThrottlingException");
    app.pass(MINUTE - 1);
    advice.ttlFor(PROMPT);
    expect(app.reads).toBe(2);
    app.pass(1);
    advice.ttlFor(PROMPT);
    await settled();
    expect(app.reads).toBe(3);
    app.pass(HOUR - 6 * MINUTE);
    expect(advice.ttlFor(PROMPT)).toBe("5m");
    app.pass(1);
    expect(advice.ttlFor(PROMPT)).toBeUndefined();
    await settled();
    app.answers = undefined;
    app.pass(MINUTE);
    advice.ttlFor(PROMPT);
    await settled();
    expect(advice.ttlFor(PROMPT)).toBe("5m");
    expect(advice.problem).toBeUndefined();
  });

  it("whose read never answers is read again", async () => {
    const { app, advice } = anApplication();
    app.answers = () => new Promise(() => {});
    advice.ttlFor(PROMPT);
    app.pass(10 * SECOND);
    await settled();
    app.answers = undefined;
    app.pass(MINUTE);
    advice.ttlFor(PROMPT);
    await settled();
    expect(advice.ttlFor(PROMPT)).toBe("5m");
  });

  it.each([
    ["nothing is published", undefined, undefined],
    ["something else is published", "blue", "TTL advice: (root)"],
    ["a newer release has published", '{"schema":2,"unlisted":"1h"}', "TTL advice: schema must be 1"],
  ])("is the prompt's own TTL where %s, also after advice", async (_what, published, problem) => {
    const { app, advice } = anApplication();
    await advice.ready();
    app.answers = async () => published;
    app.pass(5 * MINUTE);
    advice.ttlFor(PROMPT);
    await settled();
    expect(advice.ttlFor(PROMPT)).toBeUndefined();
    if (problem === undefined) expect(advice.problem).toBeUndefined();
    else expect(advice.problem).toContain(problem);
  });

  it("of a reader that throws, of no prompt and of a prompt without a marker is no TTL and no exception", () => {
    const advice = ttlAdvice({
      read: () => {
        throw new Error("no network");
      },
    });
    for (const prompt of [PROMPT, {}, null, "text", { model: "m", system: "unmarked" }])
      expect(advice.ttlFor(prompt as object)).toBeUndefined();
  });

  it.each([0, -1, Number.NaN])("is refused with refreshMinutes %d, at the start", (refreshMinutes) => {
    expect(() => ttlAdvice({ read: async () => undefined, refreshMinutes })).toThrow(RangeError);
  });
});

describe("a request that takes advice", () => {
  it("has the advised TTL, and no other byte that differs", () => {
    const own = JSON.stringify(prefixRequest(PROMPT, QUESTION));
    const advised = JSON.stringify(prefixRequest(PROMPT, QUESTION, { ttl: "5m" }));
    expect(advised).toBe(own.replace('"ttl":"1h"', '"ttl":"5m"'));
    expect(JSON.stringify(prefixRequest(PROMPT, QUESTION, { ttl: undefined }))).toBe(own);
  });

  it("refuses a TTL that is none", () => {
    expect(() => prefixRequest(PROMPT, QUESTION, { ttl: "2h" as "1h" })).toThrow(
      'ttl must be "5m" or "1h", got "2h"; leave it out for the prompt\'s own',
    );
  });

  it("is the published prefix for the recorder and for the guard", async () => {
    const results: GuardResult[] = [];
    const manifest = guardManifest([{ name: "support", prefix: prefixOf(PROMPT) }]);
    const guard = prefixGuard(manifest, { onResult: (result) => results.push(result) });
    const application = new Application({ manifest });
    const request = prefixRequest(PROMPT, QUESTION, { ttl: "5m" });
    await application.ask(HIT, { ...request }, { middleware: [guard] });
    await application.recorder.flush();
    expect(application.sent[0]?.body).toContain('"ttl":"5m"');
    expect(application.uses).toMatchObject([{ fingerprint: FINGERPRINT, requests: 1 }]);
    expect(results).toEqual([{ kind: "match", name: "support", fingerprint: FINGERPRINT }]);
  });
});
