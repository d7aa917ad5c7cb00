import type { CauseCode } from "../../lib/core/diagnosis.ts";
import type { Stage, StageOptions } from "./stage.ts";

/** How strong a fault is: `seen` while the rules were written, `unseen` only when they are judged. */
export type Strengths = "seen" | "unseen";

/** One way in which a spike comes about. */
export interface Case {
  /** What is to be named: one, or two that both fit. */
  readonly truth: readonly CauseCode[];
  readonly variant: string;
  readonly options?: StageOptions;
  /** Strengths to choose from; what they mean is the case's own. */
  readonly strengths: Readonly<Record<Strengths, readonly number[]>>;
  /** What happens between the quiet time, of 18 to 22 minutes, and the spike. */
  readonly before?: (stage: Stage, strength: number) => void | Promise<void>;
  /** The fault or event itself. */
  readonly onset: (stage: Stage, strength: number) => void | Promise<void>;
  /** Each minute after it, before the tick; the onset's own is 0. */
  readonly minute?: (stage: Stage, strength: number, minute: number) => void | Promise<void>;
  /** How people hear of it: most by the rate of fill cost. @default "level" */
  readonly heard?: "level" | "organic" | "asked";
}
