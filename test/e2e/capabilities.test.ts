import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CAPABILITIES,
  type Capability,
  can,
  capabilityTable,
  TARGETS,
  type TargetName,
} from "./capabilities.ts";

const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
const names = Object.keys(TARGETS) as TargetName[];

describe("the targets of the end-to-end scenario", () => {
  it("are told in README.md as they declare themselves", () => {
    expect(readme).toContain(capabilityTable());
  });

  it.each(Object.keys(CAPABILITIES) as Capability[])(
    "have %s in one of them, or a test that shows it",
    (capability) => {
      if (names.some((name) => can(name, capability))) return;
      const showers = names
        .map((name) => TARGETS[name][capability])
        .map((lack) => lack !== true && lack.shownBy);
      expect(new Set(showers).size, "one shower for all targets").toBe(1);
      expect(["nobody", "`test/cdk`, in the template"]).toContain(showers[0]);
    },
  );
});
