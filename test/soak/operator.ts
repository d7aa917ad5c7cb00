/** What people and their pipeline do in a soak: releases, flips, pauses, resumes. */
import { Refused } from "../../lib/app/errors.ts";
import { flip } from "../../lib/app/flip.ts";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { HOUR, MINUTE } from "./faults.ts";
import { MODEL, START, type Stage, TOKENS } from "./stage.ts";

/** One prompt in so many changes with a release. */
const CHANGES_EVERY = 50;
const RELEASE_EVERY_HOURS = 3;
const PAUSE_EVERY_HOURS = 5;

/** One prompt in so many asks for the short TTL. */
const SHORT_EVERY = 20;

export interface Acts {
  releases: number;
  pauses: number;
  resumes: number;
  /** Acts that the warmer refused, by its words. */
  readonly refused: string[];
}

export class Operator {
  readonly acts: Acts = { releases: 0, pauses: 0, resumes: 0, refused: [] };
  readonly #stage: Stage;
  readonly #prefixes: number;
  #live: "blue" | "green" = "blue";

  constructor(stage: Stage, prefixes: number) {
    this.#stage = stage;
    this.#prefixes = prefixes;
  }

  /** The first release, of the color that is live. */
  async install(): Promise<void> {
    await this.#publish(this.#live);
  }

  /** What is done in the first minutes of an hour. Time may pass in it, less than the quiet lasts. */
  async work(at: number): Promise<void> {
    const hour = Math.round((at - START) / HOUR);
    await this.#pass(MINUTE);
    await this.#resume("the cause is mended");
    if (hour > 0 && hour % PAUSE_EVERY_HOURS === 0) {
      const act = { reason: "maintenance", by: "soak" };
      await this.#attempt(async () => {
        await pauseByOperator(this.#stage.operator, act, `pause-${at}`);
        this.acts.pauses += 1;
      });
      await this.#pass(2 * MINUTE);
      await this.#resume("maintenance is over");
    }
    if (hour > 0 && hour % RELEASE_EVERY_HOURS === 0) {
      const next = this.#live === "blue" ? "green" : "blue";
      await this.#publish(next);
      await this.#attempt(async () => {
        await flip(this.#stage.operator, this.#stage.config, { to: next });
        this.#live = next;
      });
    }
  }

  async #publish(color: string): Promise<void> {
    this.acts.releases += 1;
    const release = this.acts.releases;
    const prompts = Array.from({ length: this.#prefixes }, (_, i) => promptOf(i, release));
    const request = { color, release: String(release), prompts, by: "soak", live: true };
    await publishRelease(this.#stage.operator, this.#stage.config, request);
  }

  async #resume(reason: string): Promise<void> {
    const held = await this.#stage.operator.control.read();
    if (held?.control.paused === undefined) return;
    const request = { reason, by: "soak", generation: held.control.generation };
    await this.#attempt(async () => {
      await resumeByOperator(
        this.#stage.operator,
        this.#stage.config,
        request,
        `resume-${held.control.generation}`,
      );
      this.acts.resumes += 1;
    });
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.acts.refused.push(error.message);
    }
  }

  #pass(ms: number): Promise<void> {
    return this.#stage.engine.runUntil(this.#stage.engine.now() + ms);
  }
}

// --- internal ---

/** A prompt of about {@link TOKENS} tokens, whose words change with some releases. */
function promptOf(i: number, release: number): { readonly name: string; readonly text: string } {
  const changedIn = release - ((release + i) % CHANGES_EVERY);
  const sentence = `You answer for desk ${i} as of release ${Math.max(0, changedIn)}, politely and in full sentences. `;
  const text = sentence.repeat(Math.ceil((4 * TOKENS) / sentence.length));
  const ttl = i % SHORT_EVERY === 0 ? "5m" : "1h";
  const body = {
    model: MODEL,
    system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl } }],
    messages: [{ role: "user", content: "placeholder" }],
    max_tokens: 100,
  };
  return { name: `prompt-${i}`, text: JSON.stringify(body) };
}
