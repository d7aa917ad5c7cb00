import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../../lib/core/config.ts";
import { chooseProvider, spendNotice } from "../../../lib/local/provider/choice.ts";
import { TEST_OPTIONS } from "../../support/options.ts";

const ANTHROPIC_API_KEY = "sk-canary";
const REAL = { realProvider: true, speed: 1 };

describe("the provider of a local warmer", () => {
  it.each([{}, { ANTHROPIC_API_KEY: "" }, { ANTHROPIC_API_KEY: " \n" }])(
    "is simulated without a key and without the flag: %o",
    (variables) => {
      expect(chooseProvider(variables, { realProvider: false, speed: 60 })).toEqual({ kind: "simulated" });
    },
  );

  it("is simulated with a key alone, and says so", () => {
    const choice = chooseProvider({ ANTHROPIC_API_KEY }, { realProvider: false, speed: 60 });
    expect(choice).toEqual({ kind: "simulated", remark: expect.stringContaining("not used") });
    expect(JSON.stringify(choice)).not.toContain("canary");
  });

  it("is the real one with the key and the flag, where the SDK would send to", () => {
    expect(chooseProvider({ ANTHROPIC_API_KEY: ` ${ANTHROPIC_API_KEY}\n` }, REAL)).toEqual({
      kind: "real",
      url: new URL("https://api.anthropic.com"),
      apiKey: ANTHROPIC_API_KEY,
    });
    const ANTHROPIC_BASE_URL = "http://127.0.0.1:8080/gateway";
    expect(chooseProvider({ ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL }, REAL)).toMatchObject({
      url: new URL(ANTHROPIC_BASE_URL),
    });
    expect(chooseProvider({ ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL: " " }, REAL)).toMatchObject({
      kind: "real",
    });
  });

  it.each([
    ["without a key", {}, REAL, "set ANTHROPIC_API_KEY"],
    ["with an empty key", { ANTHROPIC_API_KEY: " " }, REAL, "set ANTHROPIC_API_KEY"],
    ["faster than real time", { ANTHROPIC_API_KEY }, { ...REAL, speed: 1.5 }, "--speed must be 1, got 1.5"],
    [
      "at an address that is none",
      { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL: "canary" },
      REAL,
      "ANTHROPIC_BASE_URL must be a URL",
    ],
  ])("is refused as the real one %s", (_how, variables, wish, says) => {
    const choice = chooseProvider(variables, wish);
    expect(choice).toEqual({ kind: "refused", message: expect.stringContaining(says) });
    expect(JSON.stringify(choice)).not.toContain("canary");
  });
});

describe("the notice before real money is spent", () => {
  it("names the address, every limit, what happens at one, and that they begin anew", () => {
    const notice = spendNotice(resolveConfig(TEST_OPTIONS), new URL("https://api.anthropic.com"));
    expect(notice).toContain("https://api.anthropic.com: from its first touch on this spends real money");
    expect(notice).toContain(
      "$1.00 in a UTC hour, $5.00 in a UTC day (then pause_warmer), never more than $15.00",
    );
    expect(notice).toContain("begins at $0");
  });
});

describe("warmer local --real-provider", () => {
  it("without a key is a usage error that says what to set, before anything is started", () => {
    const cli = fileURLToPath(new URL("../../../bin/warmer.mjs", import.meta.url));
    // Nothing of this machine's environment: a key in it must not make this test spend money.
    const env = { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "local", "--real-provider"], {
      env,
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: "",
      stderr: "error: --real-provider needs a key: set ANTHROPIC_API_KEY in the environment\n",
    });
  });
});
