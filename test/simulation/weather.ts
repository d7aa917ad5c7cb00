/** What is wrong around the warmer at a moment. A fault adds to it, and takes it back when it is over. */
export interface Conditions {
  /** How far the clocks of new runs are ahead, ms. */
  readonly clockAheadMs: number;
  /** Each event is delivered twice. */
  readonly twice: "at once" | "in a row";
  readonly deliveredLateMs: number;
  /** Ticks are not delivered. */
  readonly noTicks: true;
  readonly noMonitor: true;
  /** Each call of a port takes new runs up to so long. */
  readonly slowMs: number;
  /** New runs die when they ask for this turn. */
  readonly diesAtTurn: number;
  /** Runs die while they wait for the provider's answer. */
  readonly diesWaiting: true;
  /** SSM answers with the version before the newest. */
  readonly staleColor: true;
  /** SSM does not answer. */
  readonly noColor: true;
  /** What the touches send is lost on its way to CloudWatch; no run fails for it. */
  readonly noTouchMetrics: true;
  /** CloudWatch does not answer. */
  readonly noMetrics: true;
  /** Stands in a reply's usage where a number of tokens should be. */
  readonly oddUsage: { readonly tokens: unknown } | "missing";
  /** The provider refuses, and its message quotes the key and the prompt. */
  readonly quotes: "as any request" | "as a spend limit";
  /** A path from a spend alarm to `pause`. */
  readonly lostPath: "action" | "rule" | "both";
  /** The pause function ends in an error before it has done anything. */
  readonly pauseFails: true;
  /** Share of the control item's calls that go wrong, and how. */
  readonly control: { readonly share: number; readonly how: "unavailable" | "answer_lost" | "refused_retry" };
  /** The table does not answer about anything but the control item. */
  readonly noTable: true;
  /** A whole region: nothing answers. */
  readonly noRegion: true;
}

type Name = keyof Conditions;

export class Weather {
  readonly #conditions = new Map<Name, unknown[]>();

  /** @returns takes it back */
  add<K extends Name>(name: K, value: Conditions[K]): () => void {
    const held = { value };
    this.#conditions.set(name, [...(this.#conditions.get(name) ?? []), held]);
    return () => {
      this.#conditions.set(
        name,
        (this.#conditions.get(name) ?? []).filter((one) => one !== held),
      );
    };
  }

  /** What holds now; of several the newest. */
  get<K extends Name>(name: K): Conditions[K] | undefined {
    const newest = this.#conditions.get(name)?.at(-1) as { readonly value: Conditions[K] } | undefined;
    return newest?.value;
  }
}
