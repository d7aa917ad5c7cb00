import pMap from "p-map";
import { costBound } from "../core/bounds.ts";
import type { WarmerConfig } from "../core/config.ts";
import type { Ttl } from "../core/due.ts";
import { rememberFill } from "../core/fill-cost/fill-mark.ts";
import { reserveWave, type WaveGrant } from "../core/guardrails.ts";
import type { MicroUsd } from "../core/money.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RequestBody } from "../core/prefix.ts";
import { afterTouch, isAlive, type PrefixState, stop } from "../core/prefix-state.ts";
import { withTtl } from "../core/prefix-ttl.ts";
import { costOf, fillCostOf, pricesOfRequest } from "../core/prices.ts";
import type { ProviderFailure } from "../core/provider-failure.ts";
import { touchForm } from "../core/touch.ts";
import { parseUsage, promptTokens, type Usage, writtenTokens } from "../core/usage.ts";
import { judge } from "../core/warmth.ts";
import type { Breaker } from "./breaker.ts";
import type { ControlSession } from "./control-session.ts";
import type { Clock, ManifestStore, Provider } from "./ports.ts";
import { settleWave } from "./settle-wave.ts";

/** One request may take this long; a run starts none that could outlive it. */
export const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Counting is free and has a rate limit of its own (token counting guide, read 2026-08), so it need not wait for the
 * few requests in flight that sending is held to: half of a small release's time to warm was counting.
 */
const COUNTS_IN_FLIGHT = 32;

/** What became of one prefix in a wave. */
export interface TouchResult {
  readonly state: PrefixState;
  readonly outcome: Outcome;
  readonly sent: boolean;
  readonly usage?: Usage;
  /** The write hit a prefix that was believed alive. */
  readonly unexpectedFill: boolean;
  readonly failure?: ProviderFailure;
}

export interface WaveContext {
  readonly session: ControlSession;
  readonly clock: Clock;
  readonly provider: Provider;
  readonly manifests: Pick<ManifestStore, "bodies">;
  readonly config: WarmerConfig;
  readonly breaker: Breaker;
  /** No request is started that could still be under way then. */
  readonly deadlineAt: number;
  /** Touches that can be done without: `WaveRequest.yields`. @default false */
  readonly yields?: boolean;
  /** TTLs to ask for, by fingerprint. @default - those of the prompt */
  readonly ttls?: ReadonlyMap<string, Ttl>;
}

export interface WaveResult {
  readonly results: readonly TouchResult[];
  /** Prefixes of the wave that were not reserved; they come next, or not at all if `refusal` says so. */
  readonly rest: readonly PrefixState[];
  readonly refusal?: Outcome;
  /** When a throttled prefix may be asked for again, ms since the epoch. */
  readonly retryAt?: number;
}

/** A prefix that is ready to be sent, with the most it can cost. */
interface Prepared {
  readonly state: PrefixState;
  readonly request: RequestBody;
  readonly bound: MicroUsd;
}

/** One wave: reserve the upper bound, send, judge, settle to the truth. One reservation for all of it. */
export async function runWave(
  context: WaveContext,
  id: string,
  wave: readonly PrefixState[],
): Promise<WaveResult> {
  const { ready, unable } = await prepare(context, wave);
  let grant: Omit<WaveGrant, "control"> = { granted: 0 };
  let taken = context.session.control;
  if (ready.length > 0) {
    const touches = ready.map(({ state, bound }) => ({ prefix: state.name, bound }));
    taken = await context.session.change((control) => {
      const now = context.clock.now();
      const { guardrails } = context.config;
      const answer = reserveWave(control, {
        id,
        touches,
        guardrails,
        now,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        yields: context.yields === true,
      });
      grant = answer;
      return answer.control;
    });
  }
  const sent = await sendAll(context, ready.slice(0, grant.granted));
  if (grant.granted > 0) await settleWave(context, id, sent, taken);
  return {
    results: [...unable, ...sent.map(({ result }) => result)],
    rest: ready.slice(grant.granted).map((touch) => touch.state),
    ...(grant.refusal !== undefined && { refusal: grant.refusal }),
    ...(grant.retryAt !== undefined && { retryAt: grant.retryAt }),
  };
}

/** Reads the bodies, counts what nobody has counted, and puts a price on each touch. */
async function prepare(context: WaveContext, wave: readonly PrefixState[]) {
  const bodies = await context.manifests.bodies([...new Set(wave.map((state) => state.bodyDigest))]);
  const ready: Prepared[] = [];
  const unable: TouchResult[] = [];
  const refuse = (state: PrefixState, outcome: Outcome) =>
    unable.push({ state, outcome, sent: false, unexpectedFill: false });
  const prepared = await pMap(wave, (state) => prepareOne(context, state, bodies.get(state.bodyDigest)), {
    concurrency: Math.max(COUNTS_IN_FLIGHT, context.config.concurrency),
  });
  for (const { state, request, bound, outcome } of prepared) {
    if (request === undefined || bound === undefined) refuse(state, outcome ?? "failed");
    else ready.push({ state, request, bound });
  }
  return { ready, unable };
}

async function prepareOne(
  { provider, clock, deadlineAt, ttls }: WaveContext,
  state: PrefixState,
  body: RequestBody | undefined,
): Promise<{ state: PrefixState; request?: RequestBody; bound?: MicroUsd; outcome?: Outcome }> {
  if (body === undefined) return { state, outcome: "body_damaged" };
  const form = touchForm(withTtl(body, ttls?.get(state.fingerprint) ?? state.ttl));
  if (form.kind === "unsafe") return { state: stop(state, "unsafe_to_warm"), outcome: "unsafe_to_warm" };
  if (costBound(form.request, { ...state, outputTokens: form.outputTokens }, clock.now()) === undefined) {
    return { state, outcome: "unpriced_model" };
  }
  const uncounted = state.countedTokens === undefined && state.measuredTokens === undefined;
  const count =
    uncounted && clock.now() + REQUEST_TIMEOUT_MS < deadlineAt
      ? await provider.count(form.request, REQUEST_TIMEOUT_MS)
      : undefined;
  const sized: PrefixState = typeof count === "number" ? { ...state, countedTokens: count } : state;
  const bound = costBound(form.request, { ...sized, outputTokens: form.outputTokens }, clock.now());
  return bound === undefined
    ? { state: sized, outcome: "unpriced_model" }
    : { state: sized, request: form.request, bound };
}

/** One touch of a wave that was granted, sent or not, and what it is billed. */
export interface Sent {
  readonly result: TouchResult;
  readonly cost: MicroUsd;
  readonly fillCost: MicroUsd;
}

/** Sends with at most `concurrency` in flight; a stop, a pause or an open breaker ends the wave early. */
async function sendAll(context: WaveContext, touches: readonly Prepared[]): Promise<Sent[]> {
  let halted: ProviderFailure | undefined;
  return pMap(
    touches,
    async (touch): Promise<Sent> => {
      if (halted !== undefined) return unsent(touch, halted.outcome, halted);
      if (context.breaker.isOpen) return unsent(touch, "transient_failure");
      if (context.clock.now() + REQUEST_TIMEOUT_MS > context.deadlineAt) return unsent(touch, "deadline");
      const sent = await sendOne(context, touch);
      const failure = sent.result.failure;
      context.breaker.record(failure);
      if (failure?.directive === "stop" || failure?.directive === "pause") halted = failure;
      return sent;
    },
    { concurrency: context.config.concurrency },
  );
}

function unsent({ state }: Prepared, outcome: Outcome, failure?: ProviderFailure): Sent {
  return {
    result: { state, outcome, sent: false, unexpectedFill: false, ...(failure !== undefined && { failure }) },
    cost: 0,
    fillCost: 0,
  };
}

async function sendOne({ provider, clock }: WaveContext, { state, request, bound }: Prepared): Promise<Sent> {
  const startedAt = clock.now();
  const reply = await provider.send(request, REQUEST_TIMEOUT_MS);
  const endedAt = clock.now();
  if (reply.kind === "failed") {
    const cost = reply.failure.billed === "no" ? 0 : bound;
    const result = {
      state,
      outcome: reply.failure.outcome,
      sent: true,
      unexpectedFill: false,
      failure: reply.failure,
    };
    return { result, cost, fillCost: 0 };
  }
  const usage = parseUsage(reply.usage);
  const prices = usage && pricesOfRequest(request, startedAt, promptTokens(usage));
  if (usage === undefined || prices === undefined) {
    return {
      result: { state, outcome: "usage_missing", sent: true, unexpectedFill: false },
      cost: bound,
      fillCost: 0,
    };
  }
  const judgement = judge(usage, {
    measuredTokens: state.measuredTokens,
    countedTokens: state.countedTokens,
  });
  const cost = costOf(usage, prices);
  const verdictOutcome: Outcome =
    judgement.verdict === "partial" || judgement.verdict === "not_cached" ? judgement.verdict : "warmed";
  const fillCost = fillCostOf(usage, prices);
  const touched = afterTouch(state, judgement, usage.readTokens, startedAt, endedAt);
  const fill = { at: startedAt, ttl: judgement.grantedTtl, tokens: writtenTokens(usage), cost: fillCost };
  const next = rememberFill(touched, state, fill);
  return {
    result: {
      state: next,
      outcome: cost > bound ? "underestimated" : (next.stopped ?? verdictOutcome),
      sent: true,
      usage,
      unexpectedFill:
        judgement.grantedTtl !== undefined &&
        (state.drifted === true || (state.measuredTokens !== undefined && isAlive(state, startedAt))),
    },
    cost,
    fillCost,
  };
}
