import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { LOCAL_FILE } from "../../bin/deployment.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { newControl } from "../../lib/core/control.ts";
import { REGION } from "../../lib/local/account.ts";
import { PARTITIONS, PartitionWorld, TWO_PARTITIONS } from "../incident/partition-world.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE } from "../support/world.ts";
import { type Ran, warmer } from "./warmer.ts";

const LIMIT = resolveConfig(TWO_PARTITIONS).guardrails.hourly;

/** One installation of two partitions: each test begins where the one before it ended. */
let parts: PartitionWorld;
const cwd = mkdtempSync(join(tmpdir(), "warmer-partitions-"));

beforeAll(async () => {
  parts = await PartitionWorld.deploy(inject("assembly"));
  mkdirSync(join(cwd, dirname(LOCAL_FILE)));
  const byModel = TWO_PARTITIONS.partitions?.map((partition) => ({
    ...partition,
    models: [partition.name === "eu" ? "claude-sonnet-5-5" : "claude-fable-5-1"],
  }));
  const write = (name: string, options: object) =>
    writeFileSync(join(cwd, name), `export default ${JSON.stringify(options)};`);
  write("warmer.config.mjs", TWO_PARTITIONS);
  const [eu] = TWO_PARTITIONS.partitions ?? [];
  write("renamed.mjs", { ...TWO_PARTITIONS, partitions: [eu, { ...eu, name: "asia" }] });
  write("by-model.mjs", { ...TWO_PARTITIONS, partitions: byModel });
  writeFileSync(join(cwd, "support.json"), aPrompt("support").text);
  writeFileSync(join(cwd, "triage.json"), aPrompt("triage", { model: "claude-fable-5-1" }).text);
});
afterAll(async () => {
  await parts.world.stop();
  rmSync(cwd, { recursive: true, force: true });
});

/** Types a command at the engine's own time, which stands still meanwhile. */
function type(...args: readonly string[]): Promise<Ran> {
  const access = {
    endpoint: parts.world.engine.url,
    region: REGION,
    credentials: { accessKeyId: "olivia", secretAccessKey: "local" },
    clock: { startAt: parts.world.engine.now(), speed: 0 },
  };
  writeFileSync(join(cwd, LOCAL_FILE), JSON.stringify(access));
  return warmer(cwd, "--local", "--config", "warmer.config.mjs", ...args);
}

describe("warmer with two partitions", () => {
  it("does the same in both, one section each, and takes no name that is not configured", async () => {
    const forerunner = parts.of("eu").ports.controlOf();
    const control = newControl(parts.world.engine.now());
    const spentBefore = { ...control.ledger.hour, spent: LIMIT / 10 };
    await forerunner.write({ ...control, ledger: { ...control.ledger, hour: spentBefore } }, undefined, "1");
    const [odd, init] = await Promise.all([
      type("status", "--partition", "asia"),
      type("init", "--color", "blue"),
    ]);
    expect(odd).toEqual({ code: 2, stdout: "", stderr: '--partition must be one of eu, us, got "asia"\n' });
    expect(init.code).toBe(0);
    expect(init.stdout.match(/^partition {4}.*$/gm)).toEqual(["partition    eu", "partition    us"]);
    expect(init.stdout.match(/^limits.*$/gm)).toEqual(
      PARTITIONS.map(
        () => "limits          usable of this hour's: 90 %, of today's: 100 %. Others spent the rest",
      ),
    );
    for (const name of PARTITIONS) {
      const { paused, ledger } = await parts.control(name);
      expect(paused).toBeUndefined();
      // The warmer without partitions has spent a tenth of this hour's limit, and nothing that the day would miss.
      expect(ledger.hour.usable).toBe(900);
      expect(ledger.day.usable).toBe(1_000);
    }
  });

  it("publish is told where a release belongs: by a name, or by the models of the configuration", async () => {
    const release = ["--color", "blue", "--release", "1"];
    const byModel = ["--config", "by-model.mjs", ...release];
    const [unclear, half] = await Promise.all([
      type("publish", "support.json", ...release),
      type("publish", "support.json", ...byModel),
    ]);
    expect(unclear).toMatchObject({ code: 2, stdout: "" });
    expect(unclear.stderr).toMatch(/give --partition, one of eu, us/);
    expect(half.code).toBe(4);
    expect(half.stderr).toContain("the partition us must get a prompt of its models, got none");
    expect(await parts.of("eu").ports.manifests.header("blue")).toBeUndefined();

    const both = await type("publish", "support.json", "triage.json", ...byModel, "--json");
    expect(both.code).toBe(0);
    const { eu, us } = JSON.parse(both.stdout);
    expect(eu.entries).toMatchObject([{ name: "support", model: "claude-sonnet-5-5" }]);
    expect(us.entries).toMatchObject([{ name: "triage", model: "claude-fable-5-1" }]);
  });

  it("status is as healthy as the worst of them, and pause with a name stops that one alone", async () => {
    await parts.world.pass(2 * MINUTE);
    expect((await type("pause", "--partition", "us", "--reason", "a look")).code).toBe(0);
    const [all, eu] = await Promise.all([type("status", "--json"), type("status", "--partition", "eu")]);
    expect(all.code).toBe(3);
    expect(JSON.parse(all.stdout)).toMatchObject({
      eu: { healthy: true },
      us: { healthy: false, state: "paused" },
    });
    expect(eu.code).toBe(0);
    expect(eu.stdout).toMatch(/^live color/);
  });

  it("pause stops both", async () => {
    expect((await type("pause", "--reason", "all of it")).code).toBe(0);
    const from = parts.world.engine.now();
    await parts.world.pass(5 * MINUTE);
    expect(parts.world.touches(from)).toEqual([]);
    for (const name of PARTITIONS) {
      expect(new Set(parts.outcomes(name, from))).toEqual(new Set(["paused"]));
    }
  });

  it("resume ends every pause, and what is of one partition needs its name", async () => {
    const [unclear, odd] = await Promise.all([
      type("resume", "--reason", "mended", "--generation", "3"),
      type("gate", "green", "--partition", "eu"),
    ]);
    expect(unclear.code).toBe(2);
    expect(unclear.stderr).toContain("--generation is of one partition");
    expect(odd.code).toBe(2);
    expect(odd.stderr).toContain("a color goes live in all partitions at once");
    const resumed = await type("resume", "--reason", "mended");
    expect(resumed.code).toBe(0);
    for (const name of PARTITIONS) expect((await parts.control(name)).paused).toBeUndefined();
  });

  it("init of one that is not deployed yet is refused: the old one still spends", async () => {
    const early = await type("--config", "renamed.mjs", "init", "--color", "blue");
    expect(early).toEqual({
      code: 1,
      stdout: "",
      stderr: "the partition asia is not what is deployed; deploy this configuration first\n",
    });
    expect((await parts.of("eu").ports.controlOf().read())?.control.partitions).toEqual(["eu", "us"]);
  });
});
