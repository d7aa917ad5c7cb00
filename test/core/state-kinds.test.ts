import { describe, expect, it } from "vitest";
import {
  kindsReadBy,
  kindsWrittenBy,
  type Role,
  STATE_KINDS,
  STATE_SCHEMA,
  type StateKind,
  type StateKindName,
} from "../../lib/core/state-kinds.ts";

const kinds = Object.entries(STATE_KINDS) as [StateKindName, StateKind][];
const ROLES: readonly Role[] = [
  "warm",
  "monitor",
  "pause",
  "gate",
  "operator",
  "publisher",
  "flipper",
  "application",
];

describe("a kind of state", () => {
  it.each(kinds)("%s has a writer and a reader, and says what it holds", (_name, kind) => {
    expect(kind.writtenBy.length).toBeGreaterThan(0);
    expect(kind.readBy.length).toBeGreaterThan(0);
    expect(kind.holds.length).toBeGreaterThan(10);
    expect(new Set(kind.writtenBy).size).toBe(kind.writtenBy.length);
    expect(new Set(kind.readBy).size).toBe(kind.readBy.length);
  });

  it.each(kinds.filter(([name]) => !["control", "gate", "incident", "mark"].includes(name)))(
    "%s has one writer",
    (_name, kind) => {
      expect(kind.writtenBy).toHaveLength(1);
    },
  );

  it("a gate is written by who opens it, and then by who answers it", () => {
    expect(STATE_KINDS.gate.writtenBy).toEqual(["gate", "warm"]);
  });

  it.each(["control", "prefix", "manifest", "body"] as const)("%s is read by whoever warms", (name) => {
    expect(STATE_KINDS[name].readBy).toContain("warm");
  });
});

describe("least privilege", () => {
  it.each(ROLES)("what %s may write and read is what the table says", (role) => {
    for (const [name, kind] of kinds) {
      expect(kindsWrittenBy(role).includes(name)).toBe(kind.writtenBy.includes(role));
      expect(kindsReadBy(role).includes(name)).toBe(kind.readBy.includes(role));
    }
  });

  it("lets pause touch the control item and nothing else", () => {
    expect(kindsWrittenBy("pause")).toEqual(["control"]);
    expect(kindsReadBy("pause")).toEqual(["control"]);
  });

  it("lets the warmer change no release, and a publisher no money", () => {
    expect(kindsWrittenBy("warm")).toEqual(expect.not.arrayContaining(["manifest"]));
    expect(kindsWrittenBy("warm")).toEqual(expect.not.arrayContaining(["body"]));
    expect(kindsWrittenBy("publisher")).toEqual(["manifest", "body", "mark"]);
    expect(kindsReadBy("publisher")).not.toContain("control");
  });

  it("lets the application write what it used, and read nothing", () => {
    expect(kindsWrittenBy("application")).toEqual(["usage"]);
    expect(kindsReadBy("application")).toEqual([]);
  });
});

it("the schema is a whole number, so that a newer one can be told from an older one", () => {
  expect(Number.isInteger(STATE_SCHEMA) && STATE_SCHEMA >= 1).toBe(true);
});
