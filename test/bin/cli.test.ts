import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_FILE } from "../../bin/deployment.ts";
import { REGION } from "../../lib/local/account.ts";
import { nextInstant } from "../incident/fault.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { type Ran, warmer } from "./warmer.ts";

const prompts = {
  blue: aPrompt("support", { words: "blue support" }),
  green: aPrompt("support", { words: "green support" }),
};

/** One installation, from the first day to a pause: each test begins where the one before it ended. */
let world: World;
const cwd = mkdtempSync(join(tmpdir(), "warmer-cli-"));

beforeAll(async () => {
  world = await World.deploy();
  mkdirSync(join(cwd, dirname(LOCAL_FILE)));
  writeFileSync(join(cwd, "warmer.config.mjs"), `export default ${JSON.stringify(TEST_OPTIONS)};`);
  writeFileSync(join(cwd, "support.blue.json"), prompts.blue.text);
});
afterAll(async () => {
  await world.stop();
  rmSync(cwd, { recursive: true, force: true });
});

/** Types a command at the engine's own time, which stands still meanwhile. */
function type(...args: readonly string[]): Promise<Ran> {
  const access = {
    endpoint: world.engine.url,
    region: REGION,
    credentials: { accessKeyId: "olivia", secretAccessKey: "local" },
    clock: { startAt: world.engine.now(), speed: 0 },
  };
  writeFileSync(join(cwd, LOCAL_FILE), JSON.stringify(access));
  return warmer(cwd, "--local", "--config", "warmer.config.mjs", ...args);
}

describe("warmer", () => {
  it("before init says what is missing, and init refuses a color that is not configured", async () => {
    const [status, init] = await Promise.all([type("status"), type("init", "--color", "purple")]);
    expect(status.code).toBe(3);
    expect(status.stdout).toContain("state        not_initialised");
    expect(status.stdout).toContain("next         warmer init --color COLOR");
    expect(init).toEqual({
      code: 4,
      stdout: "",
      stderr: '--color must be one of blue, green, got "purple"\n',
    });
  });

  it("init creates what is missing", async () => {
    const { code, stdout } = await type("init", "--color", "blue");
    expect(code).toBe(0);
    expect(stdout).toContain("/support/test/live-color: created as blue");
    expect(world.engine.ssm.value("/support/test/live-color")).toBe("blue");
  });

  it("publish stores a release; its prefixes are no news before the first tick, and warm after a few", async () => {
    const published = await type("publish", "support.blue.json", "--color", "blue", "--release", "41");
    expect(published.code).toBe(0);
    expect(published.stdout).toMatch(/^published {7}release 41 of blue: 1 prefixes, manifest [0-9a-f]{12}$/m);
    expect(published.stdout).toMatch(/^predicted fill {2}about \$0\.00\d+/m);

    const cold = await type("--json", "status");
    expect(cold.code).toBe(3);
    expect(JSON.parse(cold.stdout)).toMatchObject({ healthy: false, live: { color: "blue" }, prefixes: [] });
    await world.pass(2 * MINUTE);
    const warm = await type("status");
    expect(warm.code).toBe(0);
    expect(warm.stdout).toContain("live color   blue, release 41 (parameter version 1)");
    expect(warm.stdout).toMatch(
      /^ {2}support {7}warm {4}5m {2}read \d+ (s|min) ago, proof lasts \d+ (s|min) more; due in/m,
    );
    expect(warm.stdout).toMatch(/^spend {8}\$0\.0\d+ of \$1\.00 this hour/m);
  });

  it("publish tells what a release changes, byte by byte, and changes the live color only with --live", async () => {
    const green = join("prompts", "support.green.json");
    mkdirSync(join(cwd, "prompts"));
    writeFileSync(join(cwd, green), prompts.green.text.replace("green", "2026-11-20T14:03Z"));
    const [refused, dry] = await Promise.all([
      type("publish", green, "--color", "blue", "--release", "42"),
      type("publish", green, "--color", "green", "--release", "42", "--dry-run"),
    ]);
    expect(refused).toMatchObject({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining("repeat with --live"),
    });
    expect(dry.code).toBe(0);
    expect(dry.stderr).toMatch(
      /^warning: prompts\/support\.green\.json: system\[0\]\.text at byte 19: timestamp: /,
    );
    expect(dry.stdout).toMatch(/^would publish {3}release 42 of green: 1 prefixes, manifest [0-9a-f]{12}$/m);
    expect(dry.stdout).toMatch(
      /^ {2}support {7}[0-9a-f]{12} {2}claude-sonnet-5-5 {2}5m {2}\d+ bytes {2}uncounted$/m,
    );
    expect(dry.stdout).toContain("against before  green has no manifest");
    expect(dry.stdout).toContain("  support       system[0].text differs at byte 19");
    expect(dry.stdout).toContain("dry run         nothing was stored");
    expect(dry.stdout + dry.stderr + refused.stderr).not.toMatch(/You answer|2026-11-20T14/);
  });

  it("flip is refused to where the warmer could not follow, and says what to do instead", async () => {
    const refused = await Promise.all(["purple", "blue", "green"].map((color) => type("flip", color)));
    expect(refused.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      refused.map(() => ({ code: 4, stdout: "" })),
    );
    expect(refused.map(({ stderr }) => stderr)).toEqual([
      'the color must be one of blue, green, got "purple"\n',
      "blue is live already (version 1)\n",
      "green has no manifest; run `warmer publish --color green --release ID prompts/…` first\n",
    ]);
    expect(world.engine.ssm.value("/support/test/live-color")).toBe("blue");
  });

  it("flip by force needs a reason", async () => {
    const refused = await type("flip", "green", "--force");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("--force needs --reason");
  });

  it("flip to a published color by force is written once, and warm fills it at once", async () => {
    await world.publish("green", "42", [prompts.green]);
    const flipped = await type("--json", "flip", "green", "--force", "--reason", "blue is broken");
    expect({ ...flipped, stdout: JSON.parse(flipped.stdout) }).toEqual({
      code: 0,
      stderr: "",
      stdout: { from: "blue", to: "green", version: 2, gate: "forced", reason: "blue is broken" },
    });
    const { code, stdout } = await type("warm");
    expect(code).toBe(0);
    expect(stdout).toContain("outcome      warmed");
    expect(stdout).toContain("color        green, release 42");
    expect(stdout).toMatch(/^touches {6}1 due: 1 fills, 1 keep-alives, 0 failed$/m);
  });

  it("mark announces what will cost fills, and the dashboard's strip shows it beside the flip", async () => {
    const [refused, marked] = await Promise.all([
      type("mark", "deploy", "--from", "+1h", "--to", "-1h"),
      type("mark", "deploy", "--to", "+30m", "--expected-cost", "0.5", "--note", "search <v2>"),
    ]);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toContain("its end must lie after its begin");
    expect(marked.code).toBe(0);
    expect(marked.stdout).toMatch(
      /^marked {7}deploy from 2026-11-20T08:\d\dZ to 2026-11-20T08:\d\dZ \(30 min\)$/m,
    );
    expect(marked.stdout).toContain("explains     up to $0.75 of fills, 1.5 times what is expected");
    expect(marked.stdout).toMatch(/^overlaps {5}flip from .* green: forced: blue is broken {2}by .*olivia$/m);

    const end = world.engine.now();
    const payload = { widgetContext: { timeRange: { start: end - 3_600_000, end }, width: 800 } };
    const { name } = world.functionOf("WarmerMonitor");
    const run = await world.engine.lambda.invoke(name, { at: end, trigger: "test", payload });
    expect(run?.result).toMatch(/^<svg .*<td>flip green<\/td>.*<td>search &#60;v2&#62;<\/td>/);
  });

  it("pause keeps who and why; nothing is sent until resume, which keeps its reason too", async () => {
    await world.pass(MINUTE);
    expect((await type("pause", "--reason", "invoice looks odd")).code).toBe(0);
    const pausedAt = nextInstant(world);
    await world.pass(6 * MINUTE);
    expect(world.touches(pausedAt)).toEqual([]);
    const status = await type("status");
    expect(status.code).toBe(3);
    expect(status.stdout).toMatch(/^state {8}paused 6 min ago by .*olivia.*: invoice looks odd \(/m);
    expect(status.stdout).toContain('next         warmer resume --reason "…"');

    const resumed = await type("resume", "--reason", "it was the other team");
    expect(resumed.code).toBe(0);
    await world.pass(2 * MINUTE);
    expect(world.touches(pausedAt).length).toBeGreaterThan(0);
    const held = await world.warmer.operator.control.read();
    expect(held?.control.lastResume).toMatchObject({
      reason: "it was the other team",
      by: expect.stringContaining("olivia"),
    });
  });
});

describe("warmer --local", () => {
  it("without a running `warmer local` says what to start", async () => {
    rmSync(join(cwd, LOCAL_FILE));
    const { code, stderr } = await warmer(cwd, "--local", "--config", "warmer.config.mjs", "status");
    expect(code).toBe(1);
    expect(stderr).toBe(
      ".warmer/local.json cannot be read; start `warmer local` in another terminal first\n",
    );
  });
});
