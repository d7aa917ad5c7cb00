/** Faults of AWS itself, switched on by a test, by `--break` or by an operator's drill. */
import { accessDenied } from "./access.ts";
import { AwsError } from "./aws-error.ts";
import type { Call } from "./calls.ts";

export type CallFaultKind = "throttled" | "denied" | "unavailable";

/** Which calls fail. What is left out matches every call. */
export interface CallFault {
  readonly kind: CallFaultKind;
  readonly service: string;
  readonly operation?: string;
  readonly resource?: string;
  /** Logical id of the function. */
  readonly caller?: string;
}

export interface Faults {
  /** @returns a function that ends the fault. */
  inject(fault: CallFault): () => void;
  /** The answer that a fault gives to this call, if any. */
  errorFor(call: Call): AwsError | undefined;
}

export function createFaults(onChange: (fault: CallFault, state: "begins" | "ends") => void): Faults {
  const active = new Set<CallFault>();
  return {
    inject: (fault) => {
      active.add(fault);
      onChange(fault, "begins");
      return () => {
        if (active.delete(fault)) onChange(fault, "ends");
      };
    },
    errorFor: (call) => {
      for (const fault of active) if (hits(fault, call)) return errorOf(fault.kind, call);
      return undefined;
    },
  };
}

function hits(fault: CallFault, call: Call): boolean {
  return (
    fault.service === call.service &&
    [undefined, call.operation].includes(fault.operation) &&
    [undefined, call.resource].includes(fault.resource) &&
    [undefined, call.caller].includes(fault.caller)
  );
}

function errorOf(kind: CallFaultKind, call: Call): AwsError {
  switch (kind) {
    case "throttled":
      return new AwsError("ThrottlingException", "Rate exceeded");
    case "unavailable":
      return new AwsError("ServiceUnavailable", "The service is unavailable. Please try again shortly.", 503);
    case "denied":
      return accessDenied(
        `${call.service}:${call.operation}`,
        `${call.caller} is not authorized to perform: ${call.service}:${call.operation} on resource: ${call.resource ?? "*"}`,
      );
  }
}
