import type { WarmerConfig } from "../../lib/core/config.ts";
import type { Control } from "../../lib/core/control.ts";
import { MINUTE, SECOND } from "../support/memory/world.ts";
import type { Releases } from "./releases.ts";

/** What a run has been told of the live color. */
interface RunSeen {
  readonly startedAt: number;
  readonly clockAheadMs: number;
  /** The color that SSM answered it last; absent before the first one. */
  pinned?: string;
  /** Every color that it was answered. */
  readonly answered: Set<string>;
}

/** A color that the control item said to keep warm beside the live one. */
interface Beside {
  readonly color: string;
  until: number;
  /** When the control item no longer named it. */
  goneAt: number;
}

/** Holds every send against what the run was told, and against the colors that are kept warm beside the live one (I5). */
export class Targeting {
  readonly #releases: Releases;
  readonly #colors: readonly string[];
  readonly #keepPreviousMs: number;
  readonly #runs = new Map<string, RunSeen>();
  readonly #beside: Beside[] = [];

  constructor(
    releases: Releases,
    { colors, keepPreviousMs }: Pick<WarmerConfig, "colors" | "keepPreviousMs">,
  ) {
    this.#releases = releases;
    this.#colors = colors;
    this.#keepPreviousMs = keepPreviousMs;
  }

  started(runId: string, startedAt: number, clockAheadMs: number): void {
    this.#runs.set(runId, { startedAt, clockAheadMs, answered: new Set() });
  }

  /** SSM answered a run. What is no color ends nothing that the run has begun for one. */
  read(runId: string, value: string | undefined): void {
    const run = this.#runs.get(runId);
    if (run === undefined || value === undefined || !this.#colors.includes(value)) return;
    run.pinned = value;
    run.answered.add(value);
  }

  answered(runId: string): ReadonlySet<string> {
    return this.#runs.get(runId)?.answered ?? new Set();
  }

  /** The control item was replaced. @returns what is wrong with it */
  written(control: Control, now: number): string | undefined {
    const { previous, candidate } = control;
    const named = [previous, candidate].filter((one) => one !== undefined);
    for (const beside of this.#beside) {
      if (beside.goneAt > now && !named.some(({ color }) => color === beside.color)) beside.goneAt = now;
    }
    for (const { color, until } of named) {
      const known = this.#beside.find((one) => one.color === color && one.goneAt > now);
      if (known === undefined) this.#beside.push({ color, until, goneAt: Number.POSITIVE_INFINITY });
      else known.until = Math.max(known.until, until);
    }
    // A run writes the end of the keep time by its own clock, up to five minutes ahead of ours.
    const latest = now + this.#keepPreviousMs + 5 * MINUTE + SECOND;
    return previous !== undefined && previous.until > latest
      ? `${previous.color} is kept warm longer than configured`
      : undefined;
  }

  /** A run sends a prompt. @returns for whom; or what is wrong with it */
  sent(runId: string, words: string): { readonly for: "live" | "beside" } | { readonly wrong: string } {
    const run = this.#runs.get(runId);
    if (run === undefined) return { wrong: `${runId} sends and was never started` };
    const serves = (color: string) => this.#releases.serves(color, words, run.startedAt);
    if (run.pinned !== undefined && serves(run.pinned)) return { for: "live" };
    const beside = this.#beside.some(
      ({ color, until, goneAt }) =>
        goneAt >= run.startedAt && until > run.startedAt - Math.abs(run.clockAheadMs) && serves(color),
    );
    return beside
      ? { for: "beside" }
      : { wrong: `sent the prompt ${words}, and the live color that it read is ${run.pinned ?? "none"}` };
  }
}
