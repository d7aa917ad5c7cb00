import type { Ttl } from "../due.ts";
import { deadAge, sentBy } from "./ages.ts";
import { exactly } from "./fleet.ts";
import { type Tariff, TOUCH_OVERHEAD_TOKENS, writeShare } from "./tariff.ts";

/** A setting that needs no model: this TTL, and at most so many keep-alives after a use. */
export interface Setting {
  readonly ttl: Ttl;
  readonly touches: number;
}

/** How the model plays on paper: as it advises, and with horizons of its own but 1h writes only. */
export interface Played {
  readonly asAdvised: Setting;
  readonly in1h: Setting;
}

/** What to follow instead of the model's advice. */
export interface Lead {
  readonly ttl: Ttl;
  /** Keep-alives after a use; `undefined` for the model's own horizon. */
  readonly touches: number | undefined;
}

/** A prefix as far as money goes. */
interface Sized {
  readonly tokens: number;
  readonly tariff: Tariff;
}

const SETTINGS_5M: readonly Setting[] = [0, 1, 2, 5, 11].map((touches) => ({ ttl: "5m", touches }));
const SETTINGS_1H: readonly Setting[] = [0, 1, 3, 11, 19, 30].map((touches) => ({ ttl: "1h", touches }));

/** The model must be dearer than the best setting by this share, and by this many requests' worth. */
const MARGIN = 0.02;
const HOLD_REQUESTS = 10;
const FORGET = 0.9999;
/** The model with 1h writes only differs from the model at few writes: less is noise there. */
const IN_1H_MARGIN = 0.004;
const IN_1H_HOLD_REQUESTS = 2;
/**
 * A 1h first write costs more at once and pays off within its hour: it is booked when that is over. After 30 minutes, as
 * it once was, its settings looked too dear while many prefixes are new: 0.1 % more on the development traces.
 */
const PREMIUM_MINUTES = 60;

/** What 1h first writes cost more than 5m ones, not booked before `minute`. */
interface Premium {
  readonly minute: number;
  /** For every player with 1h writes only. */
  settings: number;
  /** For the model, which may have chosen 5m. */
  model: number;
}

function sentIn(from: number, to: number, { ttl, touches }: Setting): number {
  return Math.min(touches, sentBy(to, ttl)) - Math.min(touches, sentBy(from, ttl));
}

/**
 * Keeps the model honest. Beside the model, plain settings play the same traffic on paper, each with its
 * own warm and cold; when one of them would have been clearly cheaper for the fleet as a whole, its TTL and
 * horizon replace the model's until the model has caught up. So does 1h for the model's advice of a TTL, when its own
 * horizons would have been cheaper with it: what follows a rewrite is what is known least. One account for the fleet, not one per
 * class: the price of a 1h write is paid by the young and its benefit reaped by the old.
 */
export class Guard {
  private only5m: boolean;
  private readonly settings = [...SETTINGS_5M, ...SETTINGS_1H];
  /** The players: the settings, the model as it advises, the model with 1h writes only. */
  private readonly model = this.settings.length;
  private readonly in1h = this.model + 1;
  private readonly accounts = new Float64Array(this.settings.length + 2);
  private readonly pending = new Float64Array(this.accounts.length);
  private requests = 0;
  private premiums: Premium[] = [];

  constructor(only5m: boolean) {
    this.only5m = only5m;
  }

  /** The application has been found to take advice, or not to: another game, with new accounts. */
  restrict(only5m: boolean): void {
    this.only5m = only5m;
    this.accounts.fill(0);
    this.premiums = [];
  }

  private charge(player: number, amount: number): void {
    this.pending[player] = (this.pending[player] as number) + exactly(amount);
  }

  /** A silence grew from one age to another, in seconds: charges the keep-alives sent meanwhile. */
  silence({ tokens, tariff }: Sized, from: number, to: number, { asAdvised, in1h }: Played): void {
    const price = tariff.read * tokens + TOUCH_OVERHEAD_TOKENS;
    this.settings.forEach((setting, player) => {
      const sent = sentIn(from, to, setting);
      if (sent > 0) this.charge(player, sent * price);
    });
    this.charge(this.model, sentIn(from, to, asAdvised) * price);
    this.charge(this.in1h, sentIn(from, to, in1h) * price);
  }

  /** A use ended a silence of `gap` seconds. Returns whether the model's own entry would have been gone. */
  use({ tokens, tariff }: Sized, gap: number, { asAdvised, in1h }: Played, advice: Ttl): boolean {
    const gone = ({ ttl, touches }: Setting) => gap > deadAge(touches, ttl);
    this.settings.forEach((setting, player) => {
      const share = gone(setting) ? writeShare(tariff, setting.ttl) : tariff.read;
      this.charge(player, share * tokens);
    });
    const missed = gone(asAdvised);
    this.charge(this.model, (missed ? writeShare(tariff, advice) : tariff.read) * tokens);
    this.charge(this.in1h, (gone(in1h) ? tariff.write1h : tariff.read) * tokens);
    this.requests++;
    return missed;
  }

  /** Further requests of the same minute: reads, whoever plays. */
  reads({ tokens, tariff }: Sized, count: number): void {
    for (let player = 0; player < this.accounts.length; player++) {
      this.charge(player, tariff.read * tokens * count);
    }
    this.requests += count;
  }

  /** A prefix's first write, for which the model would have advised `ttl`. */
  firstUse({ tokens, tariff }: Sized, ttl: Ttl, minute: number): void {
    const due = minute + PREMIUM_MINUTES;
    let premium = this.premiums.at(-1);
    if (premium === undefined || premium.minute !== due) {
      premium = { minute: due, settings: 0, model: 0 };
      this.premiums.push(premium);
    }
    const extra = exactly((tariff.write1h - tariff.write5m) * tokens);
    premium.settings += extra;
    if (ttl === "1h") premium.model += extra;
    for (let player = 0; player < this.accounts.length; player++) {
      this.charge(player, tariff.write5m * tokens);
    }
  }

  commit(minute: number): void {
    const booked = this.premiums.filter((premium) => premium.minute <= minute);
    if (booked.length > 0) this.premiums = this.premiums.filter((premium) => premium.minute > minute);
    for (const premium of booked) {
      this.settings.forEach(({ ttl }, player) => {
        if (ttl === "1h") this.charge(player, premium.settings);
      });
      this.charge(this.model, premium.model);
      this.charge(this.in1h, premium.settings);
    }
    const kept = FORGET ** this.requests;
    this.requests = 0;
    for (let player = 0; player < this.accounts.length; player++) {
      this.accounts[player] = (this.accounts[player] as number) * kept + (this.pending[player] as number);
      this.pending[player] = 0;
    }
  }

  /** What to follow instead of the model's advice, if anything; `tokens` is the size of the prefix at hand. */
  leader(tokens: number): Lead | undefined {
    const of = (player: number) => this.accounts[player] as number;
    const players = this.only5m ? SETTINGS_5M.length : this.settings.length;
    let best = 0;
    for (let player = 1; player < players; player++) if (of(player) < of(best)) best = player;
    const writes1h =
      !this.only5m && of(this.in1h) < (1 - IN_1H_MARGIN) * of(this.model) - IN_1H_HOLD_REQUESTS * tokens;
    const model = writes1h ? this.in1h : this.model;
    if (of(best) < (1 - MARGIN) * of(model) - HOLD_REQUESTS * tokens) return this.settings[best];
    return writes1h ? { ttl: "1h", touches: undefined } : undefined;
  }

  /** Accounts and premiums, for the store; between ticks, when nothing is pending. */
  numbers(): number[] {
    return [
      ...this.accounts,
      ...this.premiums.flatMap(({ minute, settings, model }) => [minute, settings, model]),
    ];
  }

  restore(numbers: readonly number[]): void {
    const count = this.accounts.length;
    this.accounts.set(numbers.slice(0, count));
    this.premiums = [];
    for (let at = count; at < numbers.length; at += 3) {
      const [minute = 0, settings = 0, model = 0] = numbers.slice(at, at + 3);
      this.premiums.push({ minute, settings, model });
    }
  }
}
