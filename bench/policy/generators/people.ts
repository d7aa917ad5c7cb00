import {
  arrivals,
  DAY,
  Draws,
  type Generator,
  HOUR,
  MONDAY,
  office,
  type Request,
  toTrace,
} from "./traffic.ts";

/** Coding agents: bursts of tool calls, pauses of a person, a session's end. */
export const agents: Generator = ({ seed, clients = 500, days = 10 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 4, client);
    const day = Math.floor(draws.uniform() * days);
    let t = MONDAY + day * DAY + draws.between(8, 18) * HOUR;
    let tokens = Math.round(draws.log(8_000, 30_000));
    const turns = 1 + Math.floor(draws.exponential(6));
    for (let turn = 0; turn < turns; turn++) {
      const calls = 1 + Math.floor(draws.exponential(8));
      for (let call = 0; call < calls; call++) {
        const last = call === calls - 1;
        requests.push({
          t,
          id: `a${client}`,
          tokens,
          stopReason: last ? "end_turn" : "tool_use",
          sessionEnd: last && turn === turns - 1,
        });
        tokens = Math.min(200_000, tokens + Math.round(draws.exponential(600)));
        t += 4 + draws.exponential(20) + (draws.uniform() < 0.04 ? draws.log(120, 1200) : 0);
      }
      t += Math.exp(5.6 + 1.5 * draws.normal());
    }
  }
  return toTrace("gen-agents", requests);
};

/**
 * Conversations of people: most prefixes see a handful of requests, pauses are log-normal, few come back next day. Every
 * turn ends with its request, so that the column `stop_reason` says nothing here.
 */
export const chat: Generator = ({ seed, clients = 4000, days = 7 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 7, client);
    const share = (t: number) => office(t, 0, 0.15, 0.7);
    let t = MONDAY + draws.uniform() * days * DAY;
    while (draws.uniform() > share(t)) t = MONDAY + draws.uniform() * days * DAY;
    let tokens = Math.round(draws.log(1_500, 12_000));
    const turns = 1 + Math.floor(draws.exponential(2.2));
    for (let turn = 0; turn < turns && t < MONDAY + days * DAY; turn++) {
      requests.push({ t, id: `u${client}`, tokens, stopReason: "end_turn", sessionEnd: turn === turns - 1 });
      tokens += Math.round(draws.exponential(700));
      t += draws.uniform() < 0.07 ? draws.between(2, 30) * HOUR : Math.exp(4.4 + 1.4 * draws.normal());
    }
  }
  return toTrace("gen-chat", requests);
};

/** Visitors who ask once or twice and are gone: nothing a warmer does pays. */
export const visitors: Generator = ({ seed, clients = 6000, days = 2 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 8, client);
    let t = MONDAY + draws.uniform() * days * DAY;
    const tokens = Math.round(draws.log(1_000, 20_000));
    for (let more = true; more && t < MONDAY + days * DAY; more = draws.uniform() < 0.35) {
      requests.push({ t, id: `v${client}`, tokens });
      t += draws.uniform() < 0.6 ? draws.exponential(90) : draws.log(200, 2 * DAY);
    }
  }
  return toTrace("gen-visitors", requests);
};

/** People with an assistant of their own: two or three sittings on most days, a handful of requests in each. */
export const users: Generator = ({ seed, clients = 250, days = 10 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 9, client);
    const tokens = draws.tokens();
    const shift = draws.between(-3, 3) * HOUR;
    const perDay = draws.log(0.3, 4);
    for (const start of arrivals(draws, MONDAY, MONDAY + days * DAY, perDay / DAY / 0.45, (t) =>
      office(t, shift, 0.03, 0.4),
    )) {
      let t = start;
      const turns = 1 + Math.floor(draws.exponential(4));
      for (let turn = 0; turn < turns && t < MONDAY + days * DAY; turn++) {
        requests.push({ t, id: `w${client}`, tokens });
        t += Math.exp(5 + 1.3 * draws.normal());
      }
    }
  }
  return toTrace("gen-users", requests);
};
