import { agents, chat, users, visitors } from "./people.ts";
import { churn, flips, holiday, periodic, tenants } from "./tenants.ts";
import type { Generator } from "./traffic.ts";

export const GENERATORS: Readonly<Record<string, Generator>> = {
  tenants,
  holiday,
  churn,
  agents,
  flips,
  periodic,
  chat,
  visitors,
  users,
};
