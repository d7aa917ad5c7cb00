import { describe, expect, it } from "vitest";
import { ControlSession } from "../../lib/app/control-session.ts";
import { sendNews, sendNotices } from "../../lib/app/notify.ts";
import { type Control, newControl } from "../../lib/core/control.ts";
import { tell } from "../../lib/core/news.ts";
import { announce, type Notice } from "../../lib/core/notice.ts";
import { MemoryControl } from "../support/memory/control.ts";
import { MemoryIncidents, MemoryNotifier } from "../support/memory/people.ts";
import { START } from "../support/memory/world.ts";

const CONFIG = { service: "support", environment: "prod" };
const OF_EU = { ...CONFIG, partition: "eu" };

const notice = (fields: Partial<Notice> = {}) => ({
  incident: 2,
  kind: "paused" as const,
  cause: "operator" as const,
  reason: "looking",
  by: "anna",
  at: START,
  ...fields,
});
const news = (subject: string) => ({ at: START, subject, message: `about ${subject}\nNext: warmer status` });

/** People, and a session on a control item that was prepared. */
async function aWarmer(prepare: (control: Control) => Control) {
  const store = new MemoryControl();
  await store.write(prepare(newControl(START)), undefined, "first");
  const held = await store.read();
  if (held === undefined) throw new Error("unreachable");
  const ports = { notifier: new MemoryNotifier(), incidents: new MemoryIncidents() };
  return { store, ports, session: new ControlSession(store, "run", held) };
}

describe("news of releases", () => {
  it("are sent in their order, with the warmer's name, and taken out", async () => {
    const { store, ports, session } = await aWarmer((control) =>
      tell(tell(control, news("one")), news("two")),
    );
    expect(await sendNews(ports, CONFIG, session)).toBe(0);
    expect(ports.notifier.heard).toEqual([
      { subject: "support prod: one", message: "about one\nNext: warmer status", aboutLimit: false },
      { subject: "support prod: two", message: "about two\nNext: warmer status", aboutLimit: false },
    ]);
    expect(store.control).not.toHaveProperty("news");
  });

  it("wait while SNS is away, and are counted", async () => {
    const { store, ports, session } = await aWarmer((control) =>
      tell(tell(control, news("one")), news("two")),
    );
    ports.notifier.unacknowledged = true;
    expect(await sendNews(ports, CONFIG, session)).toBe(2);
    expect(store.control.news).toHaveLength(2);
  });

  it("of one partition name it, and tell its commands", async () => {
    const { ports, session } = await aWarmer((control) => tell(control, news("one")));
    await sendNews(ports, OF_EU, session);
    expect(ports.notifier.heard).toMatchObject([
      { subject: "support prod eu: one", message: "about one\nNext: warmer --partition eu status" },
    ]);
  });

  it("have a subject of a hundred characters at most", async () => {
    const { ports, session } = await aWarmer((control) => tell(control, news("x".repeat(100))));
    await sendNews(ports, CONFIG, session);
    expect(ports.notifier.heard[0]?.subject).toHaveLength(100);
  });

  it("are none where nothing waits: nothing is sent or written", async () => {
    const { store, ports, session } = await aWarmer((control) => control);
    store.failNext("write", "unavailable");
    expect(await sendNews(ports, CONFIG, session)).toBe(0);
    expect(await sendNotices(ports, CONFIG, session)).toBe(0);
    expect(ports.notifier.heard).toEqual([]);
  });
});

describe("notices of the control state", () => {
  it("are kept as incidents, sent, and taken out", async () => {
    const { store, ports, session } = await aWarmer((control) => announce(control, notice()));
    expect(await sendNotices(ports, CONFIG, session)).toBe(0);
    expect(ports.notifier.heard).toMatchObject([
      { subject: "support prod: warmer paused", aboutLimit: false },
    ]);
    expect(await ports.incidents.list(9)).toMatchObject([
      { id: "00000002", kind: "paused", openedBy: "anna" },
    ]);
    expect(store.control.outbox).toEqual([]);
  });

  it("close the incident that is known", async () => {
    const { ports, session } = await aWarmer((control) =>
      announce(announce(control, notice()), notice({ kind: "resumed", by: "ben", at: START + 1 })),
    );
    await sendNotices(ports, CONFIG, session);
    expect(await ports.incidents.list(9)).toMatchObject([{ openedBy: "anna", closedBy: "ben" }]);
  });

  it("are incidents while SNS is away too, and wait", async () => {
    const { store, ports, session } = await aWarmer((control) => announce(control, notice()));
    ports.notifier.unacknowledged = true;
    expect(await sendNotices(ports, CONFIG, session)).toBe(1);
    expect(await ports.incidents.list(9)).toHaveLength(1);
    expect(store.control.outbox).toHaveLength(1);
  });

  it("about money go also to those who hear of limits", async () => {
    const { ports, session } = await aWarmer((control) => announce(control, notice({ cause: "limit_hour" })));
    await sendNotices(ports, CONFIG, session);
    expect(ports.notifier.heard).toMatchObject([{ aboutLimit: true }]);
  });

  it("of one partition name it, and tell its commands in the last line alone", async () => {
    const { ports, session } = await aWarmer((control) =>
      announce(control, notice({ reason: "warmer status was odd" })),
    );
    await sendNotices(ports, OF_EU, session);
    const [{ subject = "", message = "" } = {}] = ports.notifier.heard;
    expect(subject).toBe("support prod eu: warmer paused");
    expect(message).toContain("Reason: warmer status was odd\n");
    expect(message).toMatch(/\nNext: {3}warmer --partition eu status, then warmer --partition eu resume/);
  });
});
