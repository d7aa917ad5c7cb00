import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { TargetName } from "../capabilities.ts";
import type { Certificate, Installable } from "./prerequisites.ts";

/** Where an emulator listens, and what it finds there. */
export interface Place {
  readonly port: number;
  readonly certificate: Certificate;
  /** For what it writes. */
  readonly directory: string;
}

/** An emulator of AWS that this project did not write: how it is installed and started, and what it needs besides. */
export interface Product extends Installable {
  readonly name: TargetName;
  /** Answers with 200 when it is ready. */
  readonly healthPath: string;
  /** Arguments for the Python that has it, and variables beside those that every emulator gets. */
  command(place: Place): {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
  /** What the account needs after the first deployment, so that the functions can do what their policies say. */
  settle?(client: CloudFormationClient, stack: string): Promise<void>;
}
