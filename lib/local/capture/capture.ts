/**
 * Records an application's real requests as prompt files. Life of a request: forwarded as it streams, and its body
 * collected beside that; once the provider has accepted it and the body is whole, handed to the recorder's thread.
 * Nothing that happens to the recording reaches the application.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { heldBytes, MAX_BODY_BYTES, type TappedBody, tapBody } from "./body-tap.ts";
import type { PromptFilesOptions, Recording } from "./prompt-files.ts";
import { startProxy } from "./proxy.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { type CaptureSummary, Tally } from "./tally.ts";
import { openUpstream } from "./upstream.ts";

/** Bodies that are held at once, those under way and those that wait for the recorder. */
const MAX_HELD_BYTES = 8 * MAX_BODY_BYTES;

export interface CaptureOptions extends PromptFilesOptions {
  /** Base URL of the provider, see `upstreamUrl`. */
  readonly upstream: URL;
  /** 0: any free one. */
  readonly port: number;
  /** Hears of each new file, and of each refusal with a reason that was not met before. */
  readonly onNews: (recording: Recording) => void;
  /** @default - a thread of its own */
  readonly recorder?: Recorder;
}

export interface Capture {
  /** What the application takes as `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  inFlight(): number;
  /** Takes no more requests, lets those under way end and be recorded, and says what it all came to. */
  finish(): Promise<CaptureSummary>;
  /** Ends the requests under way. */
  abort(): void;
}

/** @throws Error if the port cannot be listened on */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const upstream = openUpstream(options.upstream);
  const tally = new Tally();
  const held = heldBytes(MAX_HELD_BYTES);
  const underWay = new Set<Promise<void>>();
  const recorder = options.recorder ?? startRecorder(options);

  const recordingOf = async (
    request: IncomingMessage,
    body: TappedBody,
    status: number | undefined,
  ): Promise<Recording> => {
    if (typeof body === "string") return NOT_WHOLE[body];
    const size = body.length;
    try {
      if (status === undefined) return refused("(answer)", "there was none");
      if (status < 200 || status > 299) return refused("(answer)", `was ${status}: not an accepted request`);
      return await recorder.record({
        body,
        contentEncoding: request.headers["content-encoding"],
        hasBetas: request.headers["anthropic-beta"] !== undefined,
      });
    } catch {
      return refused("(file)", "was not written: the recorder failed");
    } finally {
      held.give(size);
    }
  };

  const record = async (request: IncomingMessage, status: Promise<number | undefined>): Promise<void> => {
    const body = tapBody(request, held);
    const recording = await recordingOf(request, await body, await status);
    if (tally.add(recording)) options.onNews(recording);
  };

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    tally.requests += 1;
    let onStatus = (_status: number | undefined) => {};
    const answered = new Promise<number | undefined>((resolve) => {
      onStatus = resolve;
    });
    response.once("close", () => onStatus(undefined));
    if (isMessage(request)) {
      const recorded = record(request, answered);
      underWay.add(recorded);
      void recorded.finally(() => underWay.delete(recorded));
    }
    const answering = (status: number | undefined) => {
      onStatus(status);
      return [];
    };
    upstream.forward(request, response, { answering });
  };

  const proxy = await startProxy(options.port, handle).catch(async (error: unknown) => {
    await recorder.close();
    throw error;
  });
  return {
    url: proxy.url,
    inFlight: proxy.inFlight,
    abort: proxy.abort,
    finish: async () => {
      await proxy.finish();
      upstream.close();
      await Promise.all(underWay);
      await recorder.close();
      return tally.summary();
    },
  };
}

// --- internal ---

function isMessage({ method, url = "" }: IncomingMessage): boolean {
  const [path] = url.split("?");
  return method === "POST" && path === "/v1/messages";
}

function refused(path: string, message: string): Recording {
  return { kind: "refused", path, message };
}

const NOT_WHOLE: Readonly<Record<Extract<TappedBody, string>, Recording>> = {
  too_large: refused("(body)", `must be at most ${MAX_BODY_BYTES} bytes`),
  too_much_at_once: refused("(body)", `came while ${MAX_HELD_BYTES} bytes of others were being recorded`),
  cut_off: refused("(body)", "ended early: the application went away"),
};
