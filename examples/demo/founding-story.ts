import { billed, type Lane, pinnedTouch, startModelLane } from "./lane.ts";
import { loadPrompt } from "./prompts.ts";
import { drawSessions } from "./sessions.ts";
import { alarmRows, clock, minuteOf, type Row, warmerRows } from "./timeline.ts";
import { cellOf, firstRequests, percent, sparkline } from "./verdict.ts";
import { deployWorld, HOUR_MS, MINUTE_MS, type ObservedFlip, SEED, STARTS_AT } from "./world.ts";

const HOURS = 6;
const ENDS_AT = STARTS_AT + HOURS * HOUR_MS;
const RUNS_PER_MONTH = (30 * 24) / HOURS;
const GREEN_PUBLISHED_AT = STARTS_AT + 105 * MINUTE_MS;
const FLIP_AT = STARTS_AT + 120 * MINUTE_MS;
const BLUE_REMOVED_AT = STARTS_AT + 125 * MINUTE_MS;
const TRAFFIC_FROM = STARTS_AT + 5 * MINUTE_MS;

/** The pinned job runs every four minutes: five would race the five-minute TTL, and the comparison is to be fair. */
const CRON_MS = 4 * MINUTE_MS;

/**
 * The founding story in three lanes with identical traffic: blue is live and warm, green is released with a
 * new prompt, the gate has it warmed, traffic flips, blue goes away.
 */
export async function playFoundingStory(print: (line: string) => void): Promise<void> {
  const prompts = {
    blue: [loadPrompt("support", "blue"), loadPrompt("triage", "blue")],
    green: [loadPrompt("support", "green"), loadPrompt("triage", "green")],
  };
  const world = await deployWorld();
  const { engine } = world.warmer;
  const pinned = await startModelLane("cron pinned to blue", engine.now);
  const without = await startModelLane("no warmer", engine.now);
  const lanes = [world.lane, pinned, without];
  const rows: Row[] = [];
  const note = (at: number, what: string) => rows.push({ at, what });

  try {
    await world.publish("blue", "41", prompts.blue);
    note(STARTS_AT, "stack deployed, `warmer init`: live color blue; `warmer publish`: release 41 of blue");
    engine.at(GREEN_PUBLISHED_AT, async () => {
      await world.publish("green", "42", prompts.green);
      note(GREEN_PUBLISHED_AT, "pipeline: release 42 of green published, with a new prompt");
    });
    engine.at(BLUE_REMOVED_AT, async () => {
      await world.retire("blue");
      note(
        BLUE_REMOVED_AT,
        "pipeline: blue is removed, `warmer retire blue`; the pinned cron matches no host and says nothing",
      );
    });
    for (const request of drawSessions(SEED, TRAFFIC_FROM, ENDS_AT)) {
      engine.at(request.at, async () => {
        const [prompt] = world.liveColor() === "blue" ? prompts.blue : prompts.green;
        if (prompt !== undefined)
          await Promise.all(lanes.map((lane) => lane.application.send(request, prompt)));
      });
    }
    for (let at = STARTS_AT + MINUTE_MS; at < BLUE_REMOVED_AT; at += CRON_MS) {
      engine.at(at, async () => {
        for (const prompt of prompts.blue) await pinnedTouch(pinned, prompt, at);
      });
    }
    for (let at = STARTS_AT + HOUR_MS; at <= ENDS_AT; at += HOUR_MS) {
      engine.at(at, () => {
        note(at, hourText(world.lane, at));
      });
    }
    await engine.runUntil(FLIP_AT);
    const flip = await world.flip("green");
    rows.push(...flipRows(flip));
    await engine.runUntil(ENDS_AT);

    const events = engine.journal.sorted();
    print(
      `Six hours of a support desk, ${new Date(STARTS_AT).toISOString().slice(0, 10)}; this warmer's lane:`,
    );
    print("");
    printRows([...rows, ...warmerRows(events), ...alarmRows(events)], print);
    print("");
    printVerdict(lanes, flip, print);
  } finally {
    await world.stop();
    await Promise.all([pinned, without].map((lane) => lane.provider.close()));
  }
}

/** What the pipeline asked, and what it did with the answer. */
function flipRows({ to, at, gate, secondsToWarm }: ObservedFlip): Row[] {
  const { openedAt, answer, progress } = gate;
  const warmth =
    secondsToWarm === undefined ? "not proven warm" : `${secondsToWarm.toFixed(1)} s from flip to warm`;
  return [
    { at: openedAt, what: `pipeline: \`warmer flip ${to} --wait\` asks the gate` },
    ...(answer === undefined
      ? []
      : [
          {
            at: answer.at,
            what: `gate    ${to} is ${answer.result} after ${secondsText(openedAt, answer.at)}: ${progress?.warm} of ${progress?.required} required prefixes proven`,
          },
        ]),
    { at, what: `pipeline: live-color = ${to}, traffic moves; ${warmth}` },
  ];
}

function secondsText(from: number, to: number): string {
  return `${((to - from) / 1000).toFixed(1)} s`;
}

function hourText(lane: Lane, at: number): string {
  const seen = lane.application.seen.filter((request) => request.at >= at - HOUR_MS);
  const warmer = billed(lane, "warmer", at - HOUR_MS, at);
  const application = billed(lane, "application", at - HOUR_MS, at);
  const first = firstRequests(seen);
  return `hour ${(at - STARTS_AT) / HOUR_MS}: ${first.warm} of ${first.all} first requests warm; billed $${warmer.toFixed(4)} warmer, $${application.toFixed(4)} application`;
}

export function printRows(rows: readonly Row[], print: (line: string) => void): void {
  const ordered = rows.map((row, i) => ({ ...row, i })).sort((a, b) => a.at - b.at || a.i - b.i);
  for (const { at, what } of ordered) print(`  ${clock(at, true)}  ${what}`);
}

function printVerdict(lanes: readonly Lane[], flip: ObservedFlip, print: (line: string) => void): void {
  const month = (lane: Lane) => billed(lane) * RUNS_PER_MONTH;
  print("First requests of a session that found the whole prompt cached; one cell is 10 minutes");
  print(`${"".padEnd(22 + cellOf(FLIP_AT))}▼ flip blue -> green`);
  for (const lane of lanes) {
    const { seen } = lane.application;
    const after = percent(firstRequests(seen, FLIP_AT));
    print(
      `${lane.name.padEnd(22)}${sparkline(seen, ENDS_AT)}   ${after.padStart(5)} after the flip   ${`$${month(lane).toFixed(2)}`.padStart(8)} a month`,
    );
  }
  print("");
  const [ours = 0, cron = 0, none = 0] = lanes.map(month);
  const { openedAt, answer } = flip.gate;
  print(
    `Green was cold when it was released: this warmer saw it in minute ${minuteOf(openedAt)} when the gate was asked, and had ${
      answer?.result === "warm" ? `read it back ${secondsText(openedAt, answer.at)} later` : "no proof of it"
    }, before traffic moved; the pinned cron: never, for nothing failed; without a warmer there is nothing that could see it. At this traffic that is $${ours.toFixed(2)}, $${cron.toFixed(2)} and $${none.toFixed(2)} a month. Next: \`npx warmer status\`.`,
  );
}
