import {
  askGate,
  flipBlindly,
  flipThroughGate,
  otherColor,
  pause,
  resume,
  retire,
  throttle,
} from "../operators.ts";
import { type Happening, variant } from "./happening.ts";

/** What one touch may cost at most, in micro-USD: see Day. */
const ALLOWANCE = 4_000;

/** What people and pipelines do on a usual day. */
export const ACTS = {
  release: {
    says: () => "the live color's next release is published",
    play: (day, { drawn }) => day.releases.publishNext(day.releases.liveColor, drawn < 0.5),
  },
  "release beside": {
    says: () => "the other color's next release is published",
    play: (day, { drawn }) => day.releases.publishNext(otherColor(day), drawn < 0.5),
  },
  flip: {
    says: ({ drawn }) =>
      `the live color is flipped; its change event is ${drawn < 0.7 ? "delivered" : "lost"}`,
    play: (day, { drawn }) => flipBlindly(day, drawn < 0.7),
  },
  "flip through a gate": {
    says: () => "`warmer flip` asks the gate, and flips",
    play: async (day) => void (await flipThroughGate(day)),
  },
  gate: {
    says: () => "a pipeline asks the gate about the other color",
    play: async (day) => void (await askGate(day)),
  },
  retire: { says: () => "the other color is retired", play: async (day) => void (await retire(day)) },
  pause: { says: () => "an operator pauses", play: async (day) => void (await pause(day)) },
  "pause of a prompt": {
    says: () => "an operator pauses one prompt, and resumes it",
    play: async (day, { lastsMs }) => {
      await pause(day, "p0");
      await day.wait(lastsMs);
      await resume(day, { prefix: "p0" });
    },
  },
  throttle: {
    says: ({ drawn }) => `an operator allows ${variant(drawn, 1, 3, 10)} fills a minute`,
    play: async (day, { drawn }) => void (await throttle(day, variant(drawn, 1, 3, 10))),
  },
  resume: { says: () => "an operator resumes", play: async (day) => void (await resume(day)) },
  allowance: {
    says: () => "an operator resumes with an allowance",
    play: async (day) => void (await resume(day, { allowExtra: ALLOWANCE })),
  },
  force: {
    says: () => "an operator resumes by force",
    play: async (day) => void (await resume(day, { force: true })),
  },
} satisfies Record<string, Happening>;
