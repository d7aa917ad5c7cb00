import type { Survivor } from "./score.ts";

/** A survivor that no test can find, and why. */
export interface Equivalent {
  readonly file: string;
  /** The line's text, without white space around it, or a part that only it has. */
  readonly line: string;
  /** What it becomes; every change of the line where it is left out. */
  readonly becomes?: string;
  readonly why: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "lib/core/prices.ts",
    line: "return row.abovePromptTokens > other.abovePromptTokens;",
    why: "The table lists the lower tier first, and its rows differ: whatever comes later wins in either form.",
  },
  {
    file: "lib/core/prices.ts",
    line: "return row.from > other.from;",
    why: "The table lists the older row first, and its rows differ: whatever comes later wins in either form.",
  },
  {
    file: "lib/core/prices.ts",
    line: "(best, row) => (best === undefined || supersedes(row, best) ? row : best),",
    becomes: "true",
    why: "As above: the table is in order, and the last row is the right one.",
  },
  {
    file: "lib/core/prices.ts",
    line: "const today = new Date(at).toISOString().slice(0, 10);",
    becomes: "new Date(at).toISOString()",
    why: "A day and its instants compare alike with the days of the table: a text is greater than its beginning.",
  },
  {
    file: "lib/core/ledger.ts",
    line: "if (hour === ledger.hour && day === ledger.day) return ledger;",
    becomes: "true",
    why: "A new day always begins with a new hour.",
  },
  {
    file: "lib/core/ledger.ts",
    line: "const closed = hour === ledger.hour ? ledger.closed : [...ledger.closed, ended].slice(-CLOSED_KEPT);",
    becomes: "false",
    why: "Behind the line above the hour is another one.",
  },
  {
    file: "lib/core/ledger.ts",
    line: "const met = granted === 0 && refusedAmount !== undefined;",
    becomes: "true",
    why: "Without an amount that was refused no room is passed, and `met` is asked only together with that.",
  },
  {
    file: "lib/core/guardrails.ts",
    line: "default:",
    why: "The cases are all that there are; the compiler holds it.",
  },
  {
    file: "lib/core/guardrails.ts",
    line: "if (granted === 0 && refusal !== undefined) {",
    becomes: "true",
    why: "A wave has at least one touch (lib/app/wave.ts): nothing granted is a refusal.",
  },
  {
    file: "lib/core/guardrails.ts",
    line: "if (request.yields === true && granted === 0 && refusal !== undefined) return { control, granted, refusal };",
    becomes: "true",
    why: "As above, where it is the last condition.",
  },
  {
    file: "lib/core/guardrails.ts",
    line: 'if (guardrails.actionOnLimit === "pause_warmer") return control;',
    why: "Where limits pause, nothing is granted that passes one: there is nothing to tell.",
  },
  {
    file: "lib/core/guardrails.ts",
    line: "if (first !== undefined && throttlesOf(control, first.prefix).some((one) => !slotIsOpen(one, now))) {",
    becomes: "true",
    why: "A wave has a first touch.",
  },
  {
    file: "lib/core/reservation-line.ts",
    line: 'const [, id = "", short, instant, ...rest] = RESERVATION_LINE.exec(line) ?? [];',
    why: "The line has matched before; what stands in for no match is for the compiler.",
  },
  {
    file: "lib/core/reservation-line.ts",
    line: "if (short !== undefined && instant !== undefined) {",
    why: "The two are parts of one alternative: both are there, or none.",
  },
  {
    file: "lib/core/first-fault.ts",
    line: 'issue?.path.join(".") || whole',
    why: "What failed has an issue; what stands in for none is for the compiler.",
  },
  {
    file: "lib/core/release/prompt-lints-ids.ts",
    line: "return pairs === 0 ? 0 : changes / pairs;",
    becomes: "false",
    why: "Nothing divided by nothing is no number, and reaches no share that is asked for.",
  },
  {
    file: "lib/core/release/prompt-lints-ids.ts",
    line: "return new Set(token.toLowerCase()",
    becomes: "token.toUpperCase()",
    why: "A letter counts once whichever of its cases stands for both.",
  },
  {
    file: "lib/core/release/prompt-lints-order.ts",
    line: "Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))",
    why: "Both texts are put in one order, whichever that is, and no key stands twice.",
  },
  {
    file: "lib/core/prefix-state.ts",
    line: "default:",
    why: "The cases are all that there are; the compiler holds it.",
  },
  {
    file: "lib/core/prefix-state.ts",
    line: "return state.retryAt !== undefined && now < state.retryAt;",
    becomes: "true",
    why: "No instant is below undefined.",
  },
  {
    file: "lib/core/prefix-state.ts",
    line: "return { ...confirmed, dueAt: Math.max(spread, startedAt + 1) };",
    becomes: "startedAt - 1",
    why: "A keep-alive is brought forward by 49 of at least 57 minutes: the spread instant is the later one.",
  },
  {
    file: "lib/core/prefix-state.ts",
    line: "return state.lastStart === undefined ? 0 : dueAt(state.lastStart, state.grantedTtl ?? state.ttl);",
    becomes: "false",
    why: "Asked only of a prefix that was touched, or is alive.",
  },
  {
    file: "lib/core/warmth.ts",
    line: "if (size.countedTokens === undefined) return false;",
    becomes: "false",
    why: "A difference to undefined is not a number, and within no tolerance.",
  },
  {
    file: "lib/core/worst-case.ts",
    line: "if (prices === undefined || bound === undefined) throw new RangeError",
    why: "A model without prices has no bound either: both are undefined, or none.",
  },
  {
    file: "lib/core/plan/plan-adopt.ts",
    line: "if (prefix.lastStart !== undefined && isAlive(prefix, now)) {",
    becomes: "true",
    why: "What was never touched is not alive; the condition is for the compiler.",
  },
  {
    file: "lib/core/plan/plan-adopt.ts",
    line: "if (required.length === entries.length) return required;",
    becomes: "false",
    why: "A short cut: where no entry is optional, none is added to the required ones.",
  },
  {
    file: "lib/core/plan/coverage.ts",
    line: "(a.fingerprint < b.fingerprint ? -1 : 1),",
    becomes: "a.fingerprint <= b.fingerprint",
    why: "No two candidates have the same fingerprint.",
  },
  {
    file: "lib/core/plan/plan-first-fill.ts",
    line: "return perToken(b) - perToken(a) || (a.member.plan.fingerprint < b.member.plan.fingerprint ? -1 : 1);",
    becomes: "a.member.plan.fingerprint <= b.member.plan.fingerprint",
    why: "No two members have the same fingerprint.",
  },
  {
    file: "lib/core/plan/week.ts",
    line: "near += weight * daysUsed(learned, (hour + away + 24) % 24);",
    becomes: "hour - away",
    why: "The hours before and after weigh the same.",
  },
  {
    file: "lib/core/plan/week.ts",
    line: "for (let skipped = from + 1; skipped <= hour; skipped++) {",
    becomes: "skipped < hour",
    why: "The hour itself is marked right after.",
  },
  {
    file: "lib/app/pause.ts",
    line: "let late = false;",
    becomes: "true",
    why: "The change of the item sets it before anyone reads it.",
  },
  {
    file: "lib/app/pause.ts",
    line: '? { outcome: "already_paused"',
    why: "What is as it was before a pause was paused before, and a pause has a reason.",
  },
  {
    file: "lib/app/gate-of-partitions.ts",
    line: "const own = gate === undefined ? [] : await standingGates(members, gate.id);",
    becomes: '["Stryker was here"]',
    why: "Looked at only for entries of a partition's name.",
  },
  {
    file: "lib/app/diagnose.ts",
    line: 'liveCost: liveFillCost(states, "", now).all,',
    becomes: '"Stryker was here!"',
    why: "Of what is live only the cost is taken, and not the digest.",
  },
  {
    file: "lib/app/resolve-target.ts",
    line: 'if (live.kind === "missing" || parameter === undefined) {',
    why: "A parameter without a value is missing: either condition says the same.",
  },
  {
    file: "lib/app/resume.ts",
    line: "const loops = prefix === undefined ? [] : (await ports.prefixes.all()).filter(isLoop);",
    becomes: '["Stryker was here"]',
    why: "Looked at only where a prefix is named.",
  },
  {
    file: "lib/core/control-state.ts",
    line: "const kept = { ...own, ...(restartedAt !== undefined && restartedAt >= before && { restartedAt }) };",
    becomes: "true",
    why: "No instant is at or below undefined.",
  },
];

export function whyEquivalent(survivor: Survivor): string | undefined {
  return EQUIVALENTS.find(
    ({ file, line, becomes }) =>
      survivor.file === file &&
      survivor.text.includes(line) &&
      (becomes === undefined || survivor.replacement === becomes),
  )?.why;
}
