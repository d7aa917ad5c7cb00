/**
 * The warmer over simulated days, with a thousand prefixes, releases, pauses and faults: `npm run soak --`, with
 * `--hours`, `--prefixes`, `--seed`, and `--json` for machines. The real template and bundles run on the local engine;
 * equal arguments give an equal run, but for the memory that is measured in it.
 *
 * It ends with 1 if the memory of a function grows, a record is lost, or the ledger is not the provider's bill, within
 * the reservations of requests whose price nobody could know.
 */
import { parseArgs } from "node:util";
import { auditMoney, auditRecords, type Money, outcomesOf } from "./audit.ts";
import { begin, HOUR, MINUTE, planFaults } from "./faults.ts";
import { trendsOf } from "./memory.ts";
import { Operator } from "./operator.ts";
import { START, startStage } from "./stage.ts";

/** The ledger is held against the bill so often. */
const AUDIT_EVERY_MS = 10 * MINUTE;

interface Arguments {
  readonly hours: number;
  readonly prefixes: number;
  readonly seed: string;
}

async function soak({ hours, prefixes, seed }: Arguments, say: (line: string) => void) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  const stage = await startStage(prefixes, seed);
  try {
    const { engine, provider } = stage;
    const operator = new Operator(stage, prefixes);
    await operator.install();
    const planned = planFaults(seed, START, hours);
    for (const fault of planned) {
      let end = () => {};
      engine.at(fault.from, () => {
        end = begin(stage, fault);
      });
      engine.at(fault.until, () => end());
    }
    const wrong: string[] = [];
    let money: Money = { spent: 0, billed: 0, room: 0 };
    for (let at = START; at < START + hours * HOUR; at += AUDIT_EVERY_MS) {
      if ((at - START) % HOUR === 0) {
        await operator.work(at);
        say(`hour ${(at - START) / HOUR}  ${provider.log.length} requests  (${seconds()} s)`);
      }
      // One millisecond before the next hour, and before the next day's ledger begins.
      await engine.runUntil(Math.max(engine.now(), at + AUDIT_EVERY_MS - 1));
      const audited = await auditMoney(stage, planned);
      wrong.push(...(audited?.wrong ?? []));
      money = audited?.money ?? money;
    }
    wrong.push(...(await auditRecords(stage, planned, prefixes, operator.acts.pauses)));
    const counts = new Map<string, number>();
    for (const { name } of planned) counts.set(name, (counts.get(name) ?? 0) + 1);
    const touches = provider.log.filter(({ endpoint }) => endpoint === "messages").length;
    return {
      hours,
      prefixes,
      seed,
      seconds: seconds(),
      invocations: engine.journal.events.filter(({ kind }) => kind === "invoked").length,
      touches,
      acts: operator.acts,
      faults: Object.fromEntries(counts),
      outcomes: Object.fromEntries(outcomesOf(stage)),
      money,
      memory: trendsOf(stage.samples()),
      wrong,
    };
  } finally {
    await stage.stop();
  }
}

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "24" },
    prefixes: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});

const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
const say = (line: string) => void process.stderr.write(`${line}\n`);
const result = await soak(
  { hours: wholeNumber("hours"), prefixes: wholeNumber("prefixes"), seed: values.seed },
  say,
);
if (values.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else {
  const { money, memory, wrong, ...rest } = result;
  say(JSON.stringify(rest, null, 2));
  say(`ledger  ${money.spent} micro-USD, billed ${money.billed}, unproven at most ${money.room}`);
  for (const { function: name, invocations, heap, heapGrowth, rss, rssGrowth } of memory) {
    say(
      `memory  ${name}, ${invocations} invocations: heap ${megabytes(heap)} MB (second half ${megabytes(heapGrowth)}), process ${megabytes(rss)} MB (${megabytes(rssGrowth)})`,
    );
  }
  for (const violation of wrong) say(`WRONG   ${violation}`);
  say(`soak: ${wrong.length === 0 ? "PASSED" : "FAILED"} in ${result.seconds} s`);
}
process.exitCode = result.wrong.length === 0 ? 0 : 1;

function wholeNumber(name: "hours" | "prefixes"): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} must be a whole number of at least 1, got ${values[name]}`);
}
