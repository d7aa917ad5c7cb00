import {
  arrivals,
  DAY,
  Draws,
  type Generator,
  HOUR,
  MONDAY,
  type Request,
  rhythmOf,
  toTrace,
  WEEK,
} from "./traffic.ts";

/** Tenants of very different size with office hours in three zones. */
export const tenants: Generator = ({ seed, clients = 150, days = 14 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 1, client);
    const tokens = draws.tokens();
    const share = rhythmOf(draws);
    for (const t of arrivals(draws, MONDAY, MONDAY + days * DAY, draws.log(2, 300) / DAY, share)) {
      requests.push({ t, id: `t${client}`, tokens });
    }
  }
  return toTrace("gen-tenants", requests);
};

/** The same, but the second week is a holiday for all. */
export const holiday: Generator = ({ seed, clients = 120, days = 21 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 2, client);
    const tokens = draws.tokens();
    const share = rhythmOf(draws);
    const off = (t: number) => (t >= MONDAY + WEEK && t < MONDAY + 2 * WEEK ? 0.03 : 1);
    for (const t of arrivals(
      draws,
      MONDAY,
      MONDAY + days * DAY,
      draws.log(3, 200) / DAY,
      (at) => share(at) * off(at),
    )) {
      requests.push({ t, id: `h${client}`, tokens, ...(off(t) < 1 && { closed: true }) });
    }
  }
  return toTrace("gen-holiday", requests);
};

/** Tenants come and leave for good, a life of one to ten days each. */
export const churn: Generator = ({ seed, clients = 400, days = 21 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 3, client);
    const tokens = draws.tokens();
    const share = rhythmOf(draws);
    const born = MONDAY + draws.between(0, days * DAY);
    const dead = Math.min(MONDAY + days * DAY, born + draws.log(DAY, 10 * DAY));
    for (const t of arrivals(draws, born, dead, draws.log(4, 150) / DAY, share)) {
      requests.push({ t, id: `c${client}`, tokens });
    }
  }
  return toTrace("gen-churn", requests);
};

/** Tenants whose prompt changes with every release, two to three a week; old versions are never used again. */
export const flips: Generator = ({ seed, clients = 80, days = 14 }) => {
  const requests: Request[] = [];
  const releases = [MONDAY];
  const clock = new Draws(seed, 5, -1);
  for (let at = MONDAY; at < MONDAY + days * DAY; ) {
    at += clock.between(1.2, 4) * DAY;
    releases.push(at);
  }
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 5, client);
    const tokens = draws.tokens();
    const share = rhythmOf(draws);
    let current = -1;
    for (const t of arrivals(draws, MONDAY, MONDAY + days * DAY, draws.log(4, 200) / DAY, share)) {
      const version = releases.findLastIndex((at) => at <= t);
      const request: Request = { t, id: `f${client}-v${version}`, tokens };
      if (version !== current && current >= 0) request.replaces = `f${client}-v${current}`;
      current = version;
      requests.push(request);
    }
  }
  return toTrace("gen-flips", requests);
};

/** Clients that call at random and, at a moment of their own, turn into a cron of 20 minutes to 12 hours. */
export const periodic: Generator = ({ seed, clients = 100, days = 14 }) => {
  const requests: Request[] = [];
  for (let client = 0; client < clients; client++) {
    const draws = new Draws(seed, 6, client);
    const tokens = draws.tokens();
    const turn = MONDAY + draws.between(0.2, 0.6) * days * DAY;
    for (const t of arrivals(draws, MONDAY, turn, draws.log(3, 60) / DAY, () => 1)) {
      requests.push({ t, id: `p${client}`, tokens });
    }
    const period = draws.log(20 * 60, 12 * HOUR);
    for (let t = turn; t < MONDAY + days * DAY; t += period) {
      requests.push({ t: t + draws.between(0, 45), id: `p${client}`, tokens });
    }
  }
  return toTrace("gen-periodic", requests);
};
