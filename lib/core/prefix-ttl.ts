import type { Ttl } from "./due.ts";
import type { RequestBody } from "./prefix.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The prefix with another TTL: all of its markers ask for it, since the planner knows one TTL of a prefix and a 1h
 * marker must not follow a 5m one. Everything but `ttl` stays as it is, so the fingerprint does too. A prefix whose
 * last marker asks for this TTL already is returned itself: what is before it may be shared and keeps its own.
 *
 * @param body cut after its last marker
 */
export function withTtl(body: RequestBody, ttl: Ttl): RequestBody {
  const own = controlsOf(body).at(-1);
  if (own === undefined || ttlOf(own) === ttl) return body;
  const changed: Record<string, unknown> = { ...body };
  for (const part of ["tools", "system"])
    if (Array.isArray(body[part])) changed[part] = marked(body[part], ttl);
  if (Array.isArray(body["messages"])) {
    changed["messages"] = body["messages"].map((message: Fields) =>
      Array.isArray(message["content"]) ? { ...message, content: marked(message["content"], ttl) } : message,
    );
  }
  return changed;
}

/**
 * Whether a prefix with this TTL may be followed by the tail. The provider refuses a 1h marker after a 5m one, and
 * automatic caching (a top-level `cache_control`) on a block that is marked with another TTL (prompt caching guide,
 * read 2026-09-26).
 */
export function mayPrecede(ttl: Ttl, tail: RequestBody): boolean {
  const automatic = isFields(tail["cache_control"]) ? [tail["cache_control"]] : [];
  if (ttl === "5m") return ![...automatic, ...controlsOf(tail)].some((control) => ttlOf(control) === "1h");
  const { messages } = tail as { readonly messages?: readonly unknown[] };
  return automatic.length === 0 || (messages ?? []).length > 0;
}

// --- internal ---

/** The markers of a request, in the order in which the provider reads it. */
function controlsOf(body: RequestBody): Fields[] {
  const messages: readonly unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  const contents = messages.map((message: unknown) => (isFields(message) ? message["content"] : undefined));
  const blocks = [body["tools"], body["system"], ...contents].flatMap((part): readonly unknown[] =>
    Array.isArray(part) ? part : [],
  );
  return blocks.map(controlOf).filter((control) => control !== undefined);
}

function controlOf(block: unknown): Fields | undefined {
  const control = isFields(block) ? block["cache_control"] : undefined;
  return isFields(control) ? control : undefined;
}

function ttlOf(control: Fields): unknown {
  return control["ttl"] ?? "5m";
}

/** A marker without a TTL means 5m, and is left without one. */
function marked(blocks: readonly unknown[], ttl: Ttl): unknown[] {
  return blocks.map((block) => {
    const control = controlOf(block);
    if (control === undefined || ttlOf(control) === ttl) return block;
    return { ...(block as Fields), cache_control: { ...control, ttl } };
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
