import type { WarmPorts, WarmReport } from "../../lib/app/warm-cycle.ts";
import type { Control } from "../../lib/core/control.ts";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { MoneyAudit } from "../support/memory/money-audit.ts";
import { WARMER_KEY } from "../support/memory/provider.ts";
import { MINUTE } from "../support/memory/world.ts";
import { brokenByReport, brokenBySend, brokenByWrite } from "./conduct.ts";
import type { Day } from "./day.ts";
import { effectAtProvider, effectsOfRun, effectsOfWrite } from "./effects.ts";
import { PROMPT_TEXT } from "./faulty-ports.ts";
import { invariantOf, type Violation } from "./invariants.ts";
import { ttlOf, wordsOf } from "./releases.ts";
import { Targeting } from "./targeting.ts";
import { lineOf } from "./trace.ts";
import { WarmTruth } from "./warm-truth.ts";

/** Sees every write, send, answer and report of a story, and holds it against the invariants. */
export class Watcher {
  readonly truth = new WarmTruth();
  readonly #day: Day;
  readonly #audit: MoneyAudit;
  readonly #targeting: Targeting;
  /** The control item as it was written last, whether or not it can be read now. */
  control: Control;
  /** When the newest version of the live color that a run was answered was written, ms since the epoch. */
  shownAt = Number.NEGATIVE_INFINITY;

  /** Watches from now on: the warmer is initialised. */
  constructor(day: Day) {
    this.#day = day;
    const { control } = day.world;
    this.control = control.control;
    this.#targeting = new Targeting(day.releases, day.config);
    this.#audit = new MoneyAudit(day.world, day.limits);
    const audited = control.written;
    control.written = (written) => {
      audited(written);
      this.#written(written);
    };
  }

  /** What did not hold of the money. */
  get violations(): Violation[] {
    return this.#audit.violations.map((finding): Violation => {
      const [, what = finding, at = ""] = /^(.*) at (\S+)$/.exec(finding) ?? [];
      return { invariant: invariantOf(what), what, at: Date.parse(at) };
    });
  }

  started(runId: string, clockAheadMs: number): void {
    this.#targeting.started(runId, this.#day.now, clockAheadMs);
  }

  killed(runId: string): void {
    const hasReserved = this.control.ledger.inFlight.some(({ id }) => id.startsWith(`${runId}.`));
    if (hasReserved) this.#day.effect("F10");
    this.#day.trace.add(this.#day.now, `${runId} killed`);
  }

  ended(runId: string, report: WarmReport): void {
    const day = this.#day;
    const answered = this.#targeting.answered(runId);
    const prefixesOf = (color: string) => day.releases.current(color)?.words.size ?? 0;
    for (const broken of brokenByReport(report, answered, prefixesOf)) day.broke(broken);
    for (const code of effectsOfRun(report, (fault) => day.isInForce(fault))) day.effect(code);
    if (answered.size > 1) day.effect("F4");
    this.#searchSecrets("the report of a run", report);
    day.trace.add(day.now, `${runId} ${report.outcome}`);
  }

  /** At the end: what the provider's log shows, and a search for what must be found nowhere. */
  close(): void {
    const { world } = this.#day;
    for (const { fault, endpoint } of world.provider.log) {
      const code = endpoint === "messages" ? effectAtProvider(fault) : undefined;
      if (code !== undefined) this.#day.effect(code);
    }
    this.#searchSecrets("the control item", world.control.item);
    this.#searchSecrets("a notice", world.notifier.heard);
  }

  /** The ports of a run or an operator, under observation. */
  watched(ports: WarmPorts, runId: string): WarmPorts {
    const { liveColor, provider, metrics } = ports;
    return {
      ...ports,
      liveColor: {
        read: async () => {
          const parameter = await liveColor.read();
          this.#targeting.read(runId, parameter?.value);
          this.shownAt = Math.max(this.shownAt, parameter?.modifiedAt ?? this.shownAt);
          return parameter;
        },
        since: (value) => liveColor.since(value),
      },
      provider: {
        count: (request, timeoutMs) => provider.count(request, timeoutMs),
        send: async (request, timeoutMs) => {
          this.#sends(runId, request);
          const at = this.#day.now;
          const reply = await provider.send(request, timeoutMs);
          this.truth.replied(wordsOf(request), at, reply, ttlOf(request));
          return reply;
        },
      },
      metrics: {
        publish: async (points) => {
          const { weather, alarms, now } = this.#day;
          const isLost = runId !== "operator" && weather.get("noTouchMetrics");
          if (isLost) this.#day.effect("F21");
          const isRefill = points.some(({ name, value }) => name === "UnexpectedFills" && value > 0);
          if (isRefill && this.#day.isInForce("F20")) this.#day.effect("F20");
          await metrics.publish(points);
          const isAway = weather.get("noMetrics") || weather.get("noRegion");
          if (!isLost && !isAway) for (const { name, value } of points) alarms.publish(name, value, now);
        },
      },
    };
  }

  #written(control: Control): void {
    const day = this.#day;
    const before = this.control;
    for (const broken of brokenByWrite(before, control, day.limits, day.now)) day.broke(broken);
    const wrong = this.#targeting.written(control, day.now);
    if (wrong !== undefined) day.broke({ invariant: "I5", what: wrong });
    for (const code of effectsOfWrite(before, control, day.config.guardrails)) day.effect(code);
    day.trace.add(day.now, lineOf(control));
    this.control = control;
  }

  #sends(runId: string, request: RequestBody): void {
    const day = this.#day;
    const words = wordsOf(request);
    day.trace.add(day.now, `${runId} sends ${words}`);
    for (const broken of brokenBySend(this.control, day.now)) day.broke(broken);
    const sent = this.#targeting.sent(runId, words);
    if ("wrong" in sent) day.broke({ invariant: "I5", what: sent.wrong });
    else if (sent.for === "beside") day.effect("F6");
    if (day.weather.get("quotes")) day.effect("F36");
    if (Math.abs(day.weather.get("clockAheadMs") ?? 0) >= MINUTE) day.effect("F29");
  }

  #searchSecrets(where: string, sink: unknown): void {
    const text = JSON.stringify(sink) ?? "";
    if (text.includes(PROMPT_TEXT) || text.includes(WARMER_KEY.key))
      this.#day.broke({ invariant: "secrets", what: `${where} quotes a prompt or a key` });
  }
}
