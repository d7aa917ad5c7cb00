import { usageRecorder } from "../../lib/client/index.ts";
import { parseUsageItem } from "../../lib/core/usage/usage-item.ts";
import { type MemoryWorld, SECOND } from "../../test/support/memory/world.ts";
import type { TestPrompt } from "../../test/support/prompts.ts";
import type { Dice } from "./stage.ts";

/** One request in eleven brings a document of its own, which nobody warms. */
const OWN_SHARE = 1 / 11;

const REQUESTS_PER_MINUTE = 3;

/** The application beside the warmer: its requests go to the same provider, through the real recorder. */
export class Application {
  readonly #world: MemoryWorld;
  readonly #recorder;
  #requests = 0;
  /** What the application sends in place of a published prompt. */
  bytesOf: (prompt: TestPrompt, request: number) => object = ({ body }) => body;

  constructor(world: MemoryWorld, writer: string) {
    this.#world = world;
    this.#recorder = usageRecorder({
      write: async (item) => {
        const record = parseUsageItem(item);
        if (typeof record === "string") throw new Error(record);
        world.usage.records.push(record);
      },
      writer,
      now: () => world.now,
      after: () => () => {},
    });
  }

  /** The requests of a minute, all at its start; they are recorded at once. */
  async minute(prompts: readonly TestPrompt[], roll: Dice): Promise<void> {
    for (let i = 0; i < REQUESTS_PER_MINUTE; i++) {
      const request = ++this.#requests;
      const prompt = prompts[request % prompts.length];
      if (prompt === undefined) continue;
      const own = roll(`own ${request}`) < OWN_SHARE;
      const bytes = this.bytesOf(prompt, request);
      await this.#send(own ? withText(bytes, `A document of its own, number ${request}. `) : bytes);
    }
    await this.#recorder.flush();
  }

  async #send(body: object): Promise<void> {
    const text = JSON.stringify(body);
    const headers = {
      "content-type": "application/json",
      "anthropic-version": "2026-10-21",
      authorization: "Bearer sk-application",
      "x-virtual-time": String(this.#world.now + SECOND),
    };
    const path = "/v1/messages";
    const next = async () => {
      const answer = this.#world.provider.answer({ method: "POST", path, headers, body: Buffer.from(text) });
      if (answer === undefined) throw new Error("the connection was dropped");
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    };
    const request = {
      url: `https://api.anthropic.com${path}`,
      method: "POST",
      headers: new Headers(),
      body: text,
    };
    const { middleware } = this.#recorder;
    type Arguments = Parameters<typeof middleware>;
    await middleware(request as Arguments[0], next as Arguments[1], {} as Arguments[2]);
  }
}

/** The same request with something before its system prompt. */
export function withText(body: object, text: string): object {
  const { system } = body as { readonly system: readonly { readonly text: string }[] };
  return { ...body, system: system.map((block) => ({ ...block, text: `${text}${block.text}` })) };
}
