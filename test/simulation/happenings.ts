import { ACTS } from "./happenings/acts.ts";
import { DELIVERY_FAULTS } from "./happenings/delivery-faults.ts";
import { OPERATION_FAULTS } from "./happenings/operation-faults.ts";
import { PROVIDER_FAULTS } from "./happenings/provider-faults.ts";
import { STATE_FAULTS } from "./happenings/state-faults.ts";
import { TARGET_FAULTS } from "./happenings/target-faults.ts";

/** Everything that can befall a story: faults by their code, and what people and pipelines do. */
export const HAPPENINGS = {
  ...TARGET_FAULTS,
  ...DELIVERY_FAULTS,
  ...PROVIDER_FAULTS,
  ...STATE_FAULTS,
  ...OPERATION_FAULTS,
  ...ACTS,
};

export type HappeningName = keyof typeof HAPPENINGS;
