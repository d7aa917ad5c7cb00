import Anthropic from "@anthropic-ai/sdk";
import { prefixRequest } from "../../lib/client/index.ts";
import type { SimulatedProvider } from "../../lib/local/provider/server.ts";
import type { DemoPrompt } from "./prompts.ts";
import type { AppRequest } from "./sessions.ts";

/** One request as its application saw it. */
export interface Seen extends AppRequest {
  /** The whole prompt was read from the cache. */
  readonly warm: boolean;
}

/** The support desk's application: the real SDK, the published prompt, the user's words. */
export class Application {
  readonly seen: Seen[] = [];
  readonly #client: Anthropic;
  #now = 0;

  constructor(provider: SimulatedProvider, apiKey: string) {
    this.#client = new Anthropic({
      apiKey,
      baseURL: provider.url,
      maxRetries: 0,
      logLevel: "off",
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        headers.set("x-virtual-time", String(this.#now));
        return fetch(url, { ...init, headers });
      },
    });
  }

  async send(request: AppRequest, prompt: DemoPrompt): Promise<void> {
    this.#now = request.at;
    const { usage } = await this.#client.messages.create(
      prefixRequest(prompt.body, {
        max_tokens: 400,
        messages: [
          { role: "user", content: `Question ${request.turn + 1} of customer ${request.session + 1}` },
        ],
      }),
    );
    this.seen.push({
      ...request,
      warm: (usage.cache_read_input_tokens ?? 0) > 0 && !usage.cache_creation_input_tokens,
    });
  }
}
