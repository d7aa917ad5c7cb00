import type { SSMClient } from "@aws-sdk/client-ssm";
import { expect, it } from "vitest";
import { SsmApiKey } from "../../lib/aws/ssm-api-key.ts";

/** A parameter store that answers when it is told to. */
function aStore() {
  const waiting: ((key: string | Error) => void)[] = [];
  const ssm = {
    send: () =>
      new Promise((resolve, reject) =>
        waiting.push((key) => (key instanceof Error ? reject(key) : resolve({ Parameter: { Value: key } }))),
      ),
  } as unknown as SSMClient;
  let now = 1_000;
  const keys = new SsmApiKey(ssm, "/key", { now: () => now });
  return {
    keys,
    reads: () => waiting.length,
    answer: (i: number, key: string | Error) => waiting[i]?.(key),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it("requests that begin together share one read", async () => {
  const { keys, reads, answer } = aStore();
  const asked = Array.from({ length: 256 }, () => keys.key(false));
  expect(reads()).toBe(1);
  answer(0, "k1");
  expect(new Set(await Promise.all(asked))).toEqual(new Set(["k1"]));
});

it("a key that was just refused is read anew, once for all who were refused", async () => {
  const { keys, reads, answer } = aStore();
  const old = keys.key(false);
  const fresh = [keys.key(true), keys.key(true), keys.key(false)];
  expect(reads()).toBe(2);
  answer(1, "new");
  expect(await Promise.all(fresh)).toEqual(["new", "new", "new"]);
  answer(0, "old");
  expect(await old).toBe("old");
});

it.each([
  [59_999, 1],
  [60_000, 2],
])("a key is kept for a minute: after %i ms there were %i reads", async (ms, expected) => {
  const { keys, reads, answer, pass } = aStore();
  const first = keys.key(false);
  answer(0, "k");
  await first;
  pass(ms);
  void keys.key(false);
  expect(reads()).toBe(expected);
});

it("a failed read is not kept: the next request asks again", async () => {
  const { keys, reads, answer } = aStore();
  const first = keys.key(false);
  answer(0, new Error("secret text"));
  await expect(first).rejects.toThrow("/key could not be read: Error");
  const second = keys.key(false);
  expect(reads()).toBe(2);
  answer(1, "k");
  expect(await second).toBe("k");
});
