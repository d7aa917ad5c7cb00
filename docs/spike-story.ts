import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LOCAL_FILE } from "../bin/deployment.ts";
import { main } from "../bin/warmer.ts";
import { initWarmer } from "../lib/app/init.ts";
import { publishRelease } from "../lib/app/publish.ts";
import { DynamoHistory } from "../lib/aws/dynamo-history.ts";
import { openTable } from "../lib/aws/table.ts";
import { resolveConfig } from "../lib/core/config.ts";
import { addHour, EMPTY_HISTORY } from "../lib/core/fill-cost/fill-history.ts";
import { REGION } from "../lib/local/account.ts";
import { type LocalWarmer, startLocalWarmer } from "../lib/local/local-warmer.ts";
import { TEST_OPTIONS } from "../test/support/options.ts";
import { aPrompt } from "../test/support/prompts.ts";

/** Pages with blocks of `console`: commands with what they printed, written by `npm run docs`. */
export const RUNBOOK = new URL("runbooks/fill-cost.md", import.meta.url);
export const PAGE = new URL("fill-cost.md", import.meta.url);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 20, 8, 3);
const CONFIG = resolveConfig(TEST_OPTIONS);
const DAYS_BEFORE = 8;
/** As long as the longest look back: what was filled first is no longer in it. */
const MINUTES_BEFORE = 11;
const EVICTED_MINUTES = 10;

/** What one command printed, on stdout and stderr, as a terminal shows it. */
export interface Typed {
  readonly command: string;
  readonly printed: string;
}

/** A spike from its first minute to its closed incident, as an operator meets it. */
export interface SpikeStory {
  readonly typed: readonly Typed[];
  /** The mail that called the operator. */
  readonly mail: string;
}

/**
 * Plays a spike on the local engine: two prompts are warm, and for ten minutes the provider drops them every
 * minute. The days before are not played: their history is written, with one release a day.
 *
 * @param assembly the synthesized stack of the test's options
 */
export async function playSpike(assembly: {
  readonly directory: string;
  readonly stack: string;
}): Promise<SpikeStory> {
  const cwd = mkdtempSync(join(tmpdir(), "warmer-spike-"));
  const back = process.cwd();
  const world = await startLocalWarmer({
    assembly: assembly.directory,
    stack: assembly.stack,
    config: CONFIG,
    startAt: START,
    seed: "runbook",
    provider: { latency: () => ({ firstByteMs: 700, totalMs: 900 }) },
  });
  const typed: Typed[] = [];
  const pass = (minutes: number) => world.engine.runUntil(world.engine.now() + minutes * MINUTE);
  const type = async (command: string) => {
    typed.push({ command, printed: await run(world, cwd, command) });
  };
  try {
    process.chdir(cwd);
    mkdirSync(dirname(LOCAL_FILE));
    writeFileSync("warmer.config.mjs", `export default ${JSON.stringify(TEST_OPTIONS)};`);
    await install(world);
    await pass(MINUTES_BEFORE);
    for (let minute = 0; minute < EVICTED_MINUTES; minute++) {
      world.provider.faults.add({ kind: "evict", at: world.engine.now() + minute * MINUTE + 30_000 });
    }
    await pass(EVICTED_MINUTES - 1);
    const mail = mailOf(world);
    await type("warmer status");
    await type("warmer incidents");
    await type("warmer mark --list");
    await type("warmer diagnose");
    await type('warmer pause --reason "the provider drops entries, asking them"');
    await pass(2);
    await type('warmer resume --reason "the provider says it is mended"');
    const [incident] = (await world.operator.incidents.list(10)).filter(({ kind }) => kind === "fill_cost");
    const close = `warmer incidents close ${incident?.id} --cause early_eviction --note "provider outage, over since 08:24"`;
    await type(close);
    await pass(33);
    await type("warmer status");
    await type(close);
    return { typed, mail };
  } finally {
    process.chdir(back);
    await world.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** A page with its `console` blocks as the story has them; the block after `<!-- the mail -->` is the mail. */
export function withStory(page: string, { typed, mail }: SpikeStory): string {
  const left = [...typed];
  return page
    .replaceAll(/^```console\n\$ (.*)\n(?:.*\n)*?```$/gm, (block, command: string) => {
      const at = left.findIndex((one) => one.command === command || sameButId(one.command, command));
      const [found] = at === -1 ? [] : left.splice(at, 1);
      return found === undefined ? block : `\`\`\`console\n$ ${found.command}\n${found.printed}\n\`\`\``;
    })
    .replace(
      /<!-- the mail -->\n(?:\n```text\n(?:.*\n)*?```\n)?/,
      `<!-- the mail -->\n\n\`\`\`text\n${mail}\n\`\`\`\n`,
    );
}

/** Incidents are numbered by the instant at which they began. */
function sameButId(a: string, b: string): boolean {
  const plain = (command: string) => command.replace(/close \S+/, "close ID");
  return plain(a) === plain(b);
}

async function install(world: LocalWarmer): Promise<void> {
  const { operator } = world;
  await initWarmer(operator, "blue", "init");
  const prompts = ["support", "triage"].map((name) => aPrompt(name));
  await publishRelease(operator, CONFIG, { color: "blue", release: "41", prompts, by: "pipeline" });
  const held = await operator.control.read();
  if (held === undefined) throw new Error("init has left no control item");
  const createdAt = START - DAYS_BEFORE * 24 * HOUR;
  await operator.control.write({ ...held.control, createdAt }, held.revision, "eight days old");
  const access = { endpoint: world.engine.url, region: REGION, credentials: CREDENTIALS };
  const thisHour = Math.floor(START / HOUR);
  const hours = Array.from({ length: DAYS_BEFORE * 24 }, (_, i) => thisHour - DAYS_BEFORE * 24 + i);
  const history = hours.reduce((known, hour) => {
    // One release a day, in the morning, fills both.
    const fillCost = hour % 24 === 9 ? 15_000 : 0;
    return addHour(known, { hour, fillCost, spend: fillCost + 16_000, avoided: 150_000, requests: 60 });
  }, EMPTY_HISTORY);
  await new DynamoHistory(openTable(operator.inspection.tableName(), access)).write(history);
}

const CREDENTIALS = { accessKeyId: "olivia", secretAccessKey: "local" };

/** Runs a command in this process, at the engine's own time, which stands still meanwhile. */
async function run(world: LocalWarmer, cwd: string, command: string): Promise<string> {
  const access = {
    endpoint: world.engine.url,
    region: REGION,
    credentials: CREDENTIALS,
    clock: { startAt: world.engine.now(), speed: 0 },
  };
  writeFileSync(join(cwd, LOCAL_FILE), JSON.stringify(access));
  const [, ...args] = [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
  const printed: string[] = [];
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      printed.push(String(chunk));
      return true;
    };
  }
  try {
    await main(["node", "warmer", "--local", "--config", "warmer.config.mjs", ...args]);
  } finally {
    streams.forEach((stream, i) => {
      stream.write = writes[i] ?? stream.write;
    });
  }
  return printed.join("").trimEnd();
}

function mailOf({ engine }: LocalWarmer): string {
  const mails = engine.journal.events.filter((event) => event.kind === "notified");
  const mail = mails.findLast(({ subject }) => subject.includes("fill cost"));
  if (mail === undefined) throw new Error("nobody was told of the spike");
  return `${mail.subject}\n\n${mail.message}`.trimEnd();
}

if (process.argv[1]?.endsWith("spike-story.ts")) {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const { synthesize } = await import("../bin/synthesize.ts");
  const { directory, stack, remove } = synthesize(TEST_OPTIONS);
  const story = await playSpike({ directory, stack }).finally(remove);
  for (const page of [RUNBOOK, PAGE]) writeFileSync(page, withStory(readFileSync(page, "utf8"), story));
}
