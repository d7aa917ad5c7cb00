import { parseUsage, promptTokens, type Usage } from "../core/usage.ts";

/** A reply whose usage has not come by then is none of the Messages API. */
const MAX_CHARACTERS_BEFORE_USAGE = 1_000_000;

/**
 * What a good reply says of its usage; `undefined` if it says nothing credible.
 *
 * The application's response stays as it is: a copy is read, which must be taken before anybody reads the original,
 * so synchronously. Of a stream only its head is read; then the copy is given up and costs nothing more. Until then
 * the copy would keep the request going if the application cancelled the body itself; the SDK's own `abort`, and
 * leaving its loop, end both. A transformed response was rejected: it would be another object, without its address.
 */
export function usageOf(response: Response): Promise<Usage | undefined> {
  const copy = response.clone();
  const isStream = copy.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  return isStream && copy.body !== null ? streamedUsage(copy.body) : wholeUsage(copy);
}

// --- internal ---

async function wholeUsage(copy: Response): Promise<Usage | undefined> {
  return parseUsage(((await copy.json()) as { usage?: unknown } | null)?.usage);
}

async function streamedUsage(body: NonNullable<Response["body"]>): Promise<Usage | undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pending = "";
  let characters = 0;
  try {
    while (characters < MAX_CHARACTERS_BEFORE_USAGE) {
      const { done, value } = await reader.read();
      const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      characters += text.length;
      const events = (pending + text).split(/\r?\n\r?\n/);
      pending = done ? "" : (events.pop() ?? "");
      for (const event of events) {
        const usage = usageInEvent(event);
        if (usage !== undefined) return usage;
      }
      if (done) return undefined;
    }
    return undefined;
  } finally {
    // It ends when the application's copy does; nobody waits for it.
    reader.cancel().catch(() => {});
  }
}

/**
 * The first event tells what the prompt took from the cache and how its writes divide; the last has totals only, and
 * with server tools those of several rounds. It counts where a gateway leaves the first empty.
 */
function usageInEvent(event: string): Usage | undefined {
  const data = /^data:(.*)$/m.exec(event)?.[1];
  if (data === undefined || !/"message_(start|delta)"/.test(data)) return undefined;
  const { type, message, usage } = JSON.parse(data) as {
    readonly type?: unknown;
    readonly message?: { readonly usage?: unknown };
    readonly usage?: unknown;
  };
  const read = type === "message_start" ? parseUsage(message?.usage) : parseUsage(usage);
  return (type === "message_start" || type === "message_delta") &&
    read !== undefined &&
    promptTokens(read) > 0
    ? read
    : undefined;
}
