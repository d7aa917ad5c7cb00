/**
 * Deploying is two releases on one table, forth and, when it goes wrong, back: in each direction the functions and the
 * command line of one release work on what the other's have written. They go on warming without a fill, or say that
 * the table is newer and spend nothing. Skipped, and counted so, in a clone without the previous release's commit.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { EXIT, type ExitCode } from "../../bin/exit.ts";
import { REGION } from "../../lib/local/account.ts";
import { OPERATOR, runLocalWarmer } from "../e2e/local-engine/command.ts";
import { WARMER } from "../e2e/warmer-command.ts";
import { billed, spent } from "../incident/money.ts";
import { fills } from "../incident/release-acts.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import {
  buildPreviousRelease,
  hasHistory,
  PREVIOUS_RELEASE,
  type Release,
} from "../support/previous-release.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { withFunctionsOf } from "./mixed.ts";

/** What a release says of an item that a later one wrote: both numbers, and that they differ. */
const NEWER = /^state_unreadable: .* has schema (\d+); this release reads up to (?!\1\b)\d+/;

const SPAWNED_MS = 400_000;

type Name = "the previous release" | "this release";
type Releases = Readonly<Record<Name, Pick<Release, "assembly" | "warmer">>>;

let previous: Release;
let releases: Releases;
let world: World;
let directory: string;

/** How the runs of all functions ended since an instant: nothing for a good end, the words for another. */
function complaints(since: number): string[] {
  return world.engine.journal.events.flatMap((event) =>
    event.kind === "invoked" && event.at >= since && event.error !== undefined
      ? [event.error.errorMessage]
      : [],
  );
}

/** Lets time pass with whatever is deployed, and sees that it does its work or knows that it must not. */
async function expectSound(minutes: number, { cooled = false } = {}): Promise<void> {
  const from = world.engine.now() + 1;
  await world.pass(minutes * MINUTE);
  expect(world.ran(from).length).toBeGreaterThanOrEqual(minutes - 1);
  for (const complaint of complaints(from)) expect(complaint).toMatch(NEWER);
  if (!cooled) expect(fills(world, from), "fills of what was warm").toEqual([]);
  if (isNewer(from)) expect(world.touches(from), "touches with a newer table").toEqual([]);
  else {
    expect(world.touches(from).length, "touches").toBeGreaterThan(0);
    expect(world.allFired(from)).toEqual([]);
  }
  expect(await spent(world), "the ledger, beside the bill").toBeGreaterThanOrEqual(billed(world));
}

/** Whether what runs now found the table newer than itself. */
function isNewer(since: number): boolean {
  return complaints(since).length > 0;
}

/** An alarm pauses, an operator resumes, a gate is answered: all by one release. */
async function operate(name: Name): Promise<void> {
  const client = new CloudWatchClient({
    endpoint: world.engine.url,
    region: REGION,
    credentials: OPERATOR,
  });
  const alarm = { AlarmName: "support-test-HourlySpend", StateReason: "by hand" };
  await client.send(new SetAlarmStateCommand({ ...alarm, StateValue: "ALARM" }));
  client.destroy();
  await world.pass(2 * MINUTE);
  const { state } = await warmer<{ state: string }>(name, ["status"], EXIT.unhealthy);
  expect(state).toBe("paused");
  await warmer(name, ["resume", "--reason", "nothing is wrong"]);
  const gate = await warmer<{ passes: boolean }>(name, ["gate", "blue"]);
  expect(gate.passes).toBe(true);
  await world.pass(6 * MINUTE);
}

/** Runs the command line of a release. */
function warmer<T>(name: Name, args: readonly string[], expected: ExitCode = EXIT.ok): Promise<T> {
  const config = join(directory, "warmer.config.mjs");
  const line = { directory, config, warmer: releases[name].warmer };
  return runLocalWarmer<T>(world.engine, line, args, expected);
}

const prompts = (color: string) => [aPrompt("shared"), aPrompt("own", { words: color })];

async function publish(name: Name, color: string, release: string): Promise<void> {
  const files = prompts(color).map((prompt) => {
    const file = join(directory, `${prompt.name}.${color}.json`);
    writeFileSync(file, prompt.text);
    return file;
  });
  await warmer(name, ["publish", "--live", "--color", color, "--release", release, ...files]);
}

/** A table with something of everything in it, all written by one release. */
async function tableOf(name: Name): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), "warmer-releases-"));
  writeFileSync(join(directory, "warmer.config.mjs"), `export default ${JSON.stringify(TEST_OPTIONS)};\n`);
  world = await World.deploy({ assembly: releases[name].assembly.directory });
  await warmer(name, ["init", "--color", "blue"]);
  await publish(name, "blue", "1");
  await publish(name, "green", "2");
  await world.pass(3 * MINUTE);
  await warmer(name, ["pause", "--reason", "to look"]);
  await warmer(name, ["resume", "--reason", "nothing is wrong"]);
  await warmer(name, ["flip", "green", "--wait"]);
  await world.pass(6 * MINUTE);
}

describe.skipIf(!hasHistory())(`a table shared with release ${PREVIOUS_RELEASE.slice(0, 7)}`, () => {
  beforeAll(() => {
    previous = buildPreviousRelease(TEST_OPTIONS);
    releases = {
      "the previous release": previous,
      "this release": { assembly: inject("assembly"), warmer: WARMER },
    };
  }, SPAWNED_MS);
  afterAll(() => previous?.remove());
  afterEach(async () => {
    await world.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each<{ writer: Name; reader: Name }>([
    { writer: "the previous release", reader: "this release" },
    { writer: "this release", reader: "the previous release" },
  ])(
    "that $writer wrote is kept warm by $reader, and by the first again, without a fill",
    async ({ writer, reader }) => {
      const deploy = (assembly: string) => world.engine.deploy(assembly);
      await tableOf(writer);

      await deploy(
        withFunctionsOf(releases[reader].assembly, releases[writer].assembly, [
          "WarmerMonitor",
          "WarmerGate",
        ]),
      );
      await expectSound(6);
      // For a moment the monitor looks for an advice that the other release's role may not read.
      for (const { resource } of world.engine.access.takeDenials()) expect(resource).toMatch(/\/ttl-advice$/);
      await deploy(releases[reader].assembly.directory);
      const from = world.engine.now() + 1;
      await expectSound(8);
      const newer = isNewer(from);
      if (newer) await warmer(reader, ["status"], EXIT.failed);
      else await operate(reader);

      await deploy(releases[writer].assembly.directory);
      await expectSound(8, { cooled: newer });
      await warmer(writer, ["status"]);
    },
    SPAWNED_MS,
  );
});
