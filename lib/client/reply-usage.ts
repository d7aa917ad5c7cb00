import { type Turns, turnAfter } from "../core/usage/turns.ts";
import { parseUsage, promptTokens, type Usage } from "../core/usage.ts";

/** A reply whose usage has not come by then is none of the Messages API. */
const MAX_CHARACTERS_BEFORE_USAGE = 1_000_000;

/** What a reply says of itself. */
export interface ToldReply {
  readonly usage: Usage;
  /** How its turn ended; `undefined` if it did not say so, or has not yet. */
  readonly turn: keyof Turns | undefined;
  /** The message's id, if it has one. */
  readonly id: string | undefined;
}

/**
 * What a good reply says of its usage; `undefined` if it says nothing credible.
 *
 * The application's response stays as it is: a copy is read, which must be taken before anybody reads the original,
 * so synchronously. Of a stream only its head is read; then the copy is given up and costs nothing more. Until then
 * the copy would keep the request going if the application cancelled the body itself; the SDK's own `abort`, and
 * leaving its loop, end both. Reading on for the `stop_reason` was tried: an application that leaves its loop then
 * waits for the copy, to the reply's end. A transformed response was rejected: it would be another object, without its address.
 */
export function usageOf(response: Response): Promise<ToldReply | undefined> {
  const copy = response.clone();
  const isStream = copy.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  return isStream && copy.body !== null ? streamedUsage(copy.body) : wholeUsage(copy);
}

// --- internal ---

async function wholeUsage(copy: Response): Promise<ToldReply | undefined> {
  return told((await copy.json()) as MessageFields | null);
}

async function streamedUsage(body: NonNullable<Response["body"]>): Promise<ToldReply | undefined> {
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
        const reply = toldInEvent(event);
        if (reply !== undefined) return reply;
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
function toldInEvent(event: string): ToldReply | undefined {
  const data = /^data:(.*)$/m.exec(event)?.[1];
  if (data === undefined || !/"message_(start|delta)"/.test(data)) return undefined;
  const { type, message, usage, delta } = JSON.parse(data) as {
    readonly type?: unknown;
    readonly message?: MessageFields;
    readonly usage?: unknown;
    readonly delta?: { readonly stop_reason?: unknown };
  };
  if (type !== "message_start" && type !== "message_delta") return undefined;
  const reply = told(type === "message_start" ? message : { usage, stop_reason: delta?.stop_reason });
  return reply !== undefined && promptTokens(reply.usage) > 0 ? reply : undefined;
}

/** The fields of a message that are looked at, whatever they hold. */
interface MessageFields {
  readonly id?: unknown;
  readonly usage?: unknown;
  readonly stop_reason?: unknown;
}

function told(message: MessageFields | null | undefined): ToldReply | undefined {
  const usage = parseUsage(message?.usage);
  const id = typeof message?.id === "string" ? message.id : undefined;
  return usage && { usage, turn: turnAfter(message?.stop_reason), id };
}
