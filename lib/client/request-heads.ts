import type { Middleware } from "@anthropic-ai/sdk";
import { cutPrefix, isPrefix, type Prefix, type PrefixFault, type RequestBody } from "../core/prefix.ts";
import type { GuardManifest } from "../core/release/guard-manifest.ts";

type OutgoingRequest = Parameters<Middleware>[0];
type Context = Parameters<Middleware>[2];

/**
 * The body of a request for a message, also of the beta API; `undefined` for every other request (batches, counts
 * of tokens) and for a body that is no text. Never throws: what it reads belongs to the application.
 */
export function messageText({ url, method, body }: OutgoingRequest): string | undefined {
  const [path] = String(url).split(/[?#]/);
  const asks = path?.endsWith("/v1/messages") && String(method).toUpperCase() === "POST";
  return asks && typeof body === "string" ? body : undefined;
}

/** A cache breakpoint of a request, and the request up to it. */
interface Breakpoint {
  readonly path: string;
  readonly upTo: () => RequestBody;
}

/** Which published prefixes there are, and where they end. */
export interface KnownHeads {
  readonly names: ReadonlyMap<string, string>;
  readonly ends: ReadonlySet<string>;
}

export function knownHeads(manifest: GuardManifest): KnownHeads {
  return {
    names: new Map(manifest.prefixes.map(({ fingerprint, name }) => [fingerprint, name])),
    ends: new Set(manifest.prefixes.flatMap(({ segments }) => segments.at(-1)?.[0] ?? [])),
  };
}

/** One request's prefixes, each cut and hashed at most once, whoever asks. */
export class RequestHeads {
  readonly #text: string;
  readonly #cuts = new Map<string, Prefix | PrefixFault>();
  #breakpoints: readonly Breakpoint[] | undefined;
  #body: RequestBody | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws SyntaxError if the body is not JSON */
  get body(): RequestBody {
    this.#body ??= JSON.parse(this.#text) as RequestBody;
    return this.#body;
  }

  /** The longest prefix that is a published one. An application may mark more than that: its own conversation. */
  published(known: KnownHeads): Prefix | undefined {
    for (const breakpoint of this.#marks().toReversed()) {
      if (!known.ends.has(breakpoint.path)) continue;
      const head = this.#cut(breakpoint);
      if (isPrefix(head) && known.names.has(head.fingerprint)) return head;
    }
    return undefined;
  }

  /**
   * The prefix that other requests share, as far as a request tells by itself: up to the last breakpoint of tools
   * and system. Breakpoints in messages move with the conversation; they count if there are no others.
   */
  shared(): Prefix | PrefixFault {
    const marks = this.#marks();
    const last = marks.findLast(({ path }) => !path.startsWith("messages")) ?? marks.at(-1);
    return last === undefined ? cutPrefix(this.body) : this.#cut(last);
  }

  /** The whole of what the request marks. */
  last(): Prefix | PrefixFault {
    const last = this.#marks().at(-1);
    return last === undefined ? cutPrefix(this.body) : this.#cut(last);
  }

  /** Whether a breakpoint follows after this prefix, or the provider places one. */
  marksMoreThan(prefix: Prefix): boolean {
    const end = prefix.segments.at(-1)?.path;
    return this.#marks().at(-1)?.path !== end || isMarked(this.body);
  }

  #cut(breakpoint: Breakpoint): Prefix | PrefixFault {
    const known = this.#cuts.get(breakpoint.path);
    if (known !== undefined) return known;
    const cut = cutPrefix(breakpoint.upTo());
    this.#cuts.set(breakpoint.path, cut);
    return cut;
  }

  #marks(): readonly Breakpoint[] {
    this.#breakpoints ??= breakpointsOf(this.body);
    return this.#breakpoints;
  }
}

/** All middleware of one attempt share its context, and so the work of cutting. */
const ofContext = new WeakMap<Context, { readonly text: string; readonly heads: RequestHeads }>();

/** The prefixes of a request body that goes out. */
export function headsOf(text: string, context: Context): RequestHeads {
  const before = ofContext.get(context);
  // Another middleware between the two may have changed the body.
  if (before?.text === text) return before.heads;
  const heads = new RequestHeads(text);
  ofContext.set(context, { text, heads });
  return heads;
}

// --- internal ---

function breakpointsOf(body: RequestBody): Breakpoint[] {
  const { tools, system, messages } = body as { tools?: unknown; system?: unknown; messages?: unknown };
  const inTools = markedIn(tools).map((i) => ({
    path: `tools[${i}]`,
    upTo: () => ({ ...body, tools: upTo(tools, i), system: undefined, messages: undefined }),
  }));
  const inSystem = markedIn(system).map((i) => ({
    path: `system[${i}]`,
    upTo: () => ({ ...body, system: upTo(system, i), messages: undefined }),
  }));
  const inMessages = (Array.isArray(messages) ? messages : []).flatMap((message: unknown, i) => {
    const content = (message as { content?: unknown } | null)?.content;
    return markedIn(content).map((j) => ({
      path: `messages[${i}].content[${j}]`,
      upTo: () => {
        const cut = { ...(message as object), content: upTo(content, j) };
        return { ...body, messages: [...upTo(messages, i - 1), cut] };
      },
    }));
  });
  return [...inTools, ...inSystem, ...inMessages];
}

function markedIn(blocks: unknown): number[] {
  return Array.isArray(blocks) ? blocks.flatMap((block, i) => (isMarked(block) ? [i] : [])) : [];
}

function isMarked(value: unknown): boolean {
  const control = (value as { cache_control?: unknown } | null | undefined)?.cache_control;
  return control !== undefined && control !== null;
}

function upTo(blocks: unknown, index: number): unknown[] {
  return (blocks as unknown[]).slice(0, index + 1);
}
