import { describe, expect, it } from "vitest";
import { ControlSession } from "../../lib/app/control-session.ts";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { type Control, newControl } from "../../lib/core/control.ts";
import { MemoryControl } from "../support/memory/control.ts";
import { START } from "../support/memory/world.ts";

/** A stored item, and a session that has just read it. */
async function aSession(runId = "run"): Promise<{ store: MemoryControl; session: ControlSession }> {
  const store = new MemoryControl();
  await store.write(newControl(START), undefined, "first");
  return { store, session: await open(store, runId) };
}

async function open(store: MemoryControl, runId: string): Promise<ControlSession> {
  const held = await store.read();
  if (held === undefined) throw new Error("there is no control item");
  return new ControlSession(store, runId, held);
}

/** Counts how often it was applied, in a place that survives a write. */
const count = (control: Control): Control => ({ ...control, generation: control.generation + 1 });

describe("a change of the control item", () => {
  it("is stored, and is what the session sees from then on", async () => {
    const { store, session } = await aSession();
    expect(await session.change(count)).toMatchObject({ generation: 2 });
    expect(session.control.generation).toBe(2);
    expect(store.control.generation).toBe(2);
  });

  it("that changes nothing is not written", async () => {
    const { store, session } = await aSession();
    store.failNext("write", "unavailable");
    expect(await session.change((control) => control)).toMatchObject({ generation: 1 });
  });

  it("is decided anew on the item of whoever wrote in between", async () => {
    const { store, session } = await aSession("mine");
    const other = await open(store, "other");
    await other.change(count);
    const seen: number[] = [];
    const after = await session.change((control) => {
      seen.push(control.generation);
      return count(control);
    });
    expect(seen).toEqual([1, 2]);
    expect(after.generation).toBe(3);
    expect(store.control.generation).toBe(3);
  });

  it("whose answer was lost on the way counts once", async () => {
    const { store, session } = await aSession();
    store.failNext("write", "refused_retry");
    expect(await session.change(count)).toMatchObject({ generation: 2 });
    expect(store.control.generation).toBe(2);
    await session.change(count);
    expect(store.control.generation).toBe(3);
  });

  it.each(["unavailable", "answer_lost"] as const)(
    "that ends as %s is unreadable state, never a guess",
    async (fault) => {
      const { store, session } = await aSession();
      store.failNext("write", fault);
      await expect(session.change(count)).rejects.toThrow(StateUnreadable);
      expect(session.control.generation).toBe(1);
    },
  );

  it("that cannot read what was written in between is unreadable state", async () => {
    const { store, session } = await aSession();
    await (await open(store, "other")).change(count);
    store.failNext("read", "unavailable");
    await expect(session.change(count)).rejects.toThrow(StateUnreadable);
  });

  it("of an item that has disappeared is unreadable state, and does not create it again", async () => {
    const { store, session } = await aSession();
    store.item = undefined;
    await expect(session.change(count)).rejects.toThrow("disappeared");
    expect(store.item).toBeUndefined();
  });

  it.each([
    { conflicts: 11, ends: "is stored" },
    { conflicts: 12, ends: "is given up" },
  ])("after $conflicts conflicts in a row $ends", async ({ conflicts, ends }) => {
    const { store, session } = await aSession();
    let left = conflicts;
    store.meets = (call) => {
      if (call === "write" && left-- > 0) store.edit(count);
      return undefined;
    };
    const changed = session.change(count);
    if (ends === "is stored") await expect(changed).resolves.toMatchObject({ generation: conflicts + 2 });
    else await expect(changed).rejects.toThrow("replaced by others 12 times");
    expect(store.control.generation).toBe(ends === "is stored" ? conflicts + 2 : conflicts + 1);
  });

  it("leaves the session as it was when the change itself refuses", async () => {
    const { store, session } = await aSession();
    const refusal = new Error("no");
    const refuse = () => {
      throw refusal;
    };
    await expect(session.change(refuse)).rejects.toBe(refusal);
    expect(store.control.generation).toBe(1);
  });
});

describe("two sessions", () => {
  it("that change the item at once both count", async () => {
    const { store, session } = await aSession("a");
    const other = await open(store, "b");
    await Promise.all([session.change(count), other.change(count)]);
    expect(store.control.generation).toBe(3);
  });
});
