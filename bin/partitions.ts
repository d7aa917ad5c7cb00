import type { OperatedPartition } from "../lib/aws/operator.ts";
import { type Deployment, type GlobalOptions, openDeployment } from "./deployment.ts";
import { EXIT, type ExitCode, exitCodeOf, UsageFault, worstExit } from "./exit.ts";
import { makeOutput } from "./output.ts";

/** What a command found or did in one partition. */
export interface Told {
  readonly value: unknown;
  readonly text: string;
  /** @default EXIT.ok */
  readonly code?: ExitCode;
}

export type InPartition = (partition: OperatedPartition) => Promise<Told>;

/** Does the same in every partition that the options mean, and tells it. @returns the worst exit code */
export async function inPartitions(options: GlobalOptions, run: InPartition): Promise<ExitCode> {
  return tellEach(await openDeployment(options), options, run);
}

/**
 * One section for each partition, or the plain answer of a warmer without partitions and of one that was named. What
 * fails in one partition keeps no other from its turn.
 *
 * @throws whatever the only one throws
 */
export async function tellEach(
  { partitions, isSectioned }: Deployment,
  options: GlobalOptions,
  run: InPartition,
): Promise<ExitCode> {
  const output = makeOutput(options.json === true);
  const [first] = partitions;
  if (first !== undefined && !isSectioned) {
    const { value, text, code = EXIT.ok } = await run(first);
    output.data(value, text);
    return code;
  }
  const values: [string, unknown][] = [];
  const texts: string[] = [];
  const codes: ExitCode[] = [];
  for (const partition of partitions) {
    const { partition: name = "" } = partition.config;
    try {
      const { value, text, code = EXIT.ok } = await run(partition);
      values.push([name, value]);
      texts.push(`partition    ${name}\n${text}`);
      codes.push(code);
    } catch (error) {
      output.talk(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      codes.push(exitCodeOf(error));
    }
  }
  if (values.length > 0) output.data(Object.fromEntries(values), texts.join("\n\n"));
  return worstExit(codes);
}

/**
 * The one partition that is meant.
 *
 * @param what is of one partition alone: `--prefix`
 * @throws UsageFault if there are several
 */
export function onlyPartition({ partitions, isSectioned }: Deployment, what: string): OperatedPartition {
  const [first, ...others] = partitions;
  if (first === undefined || (isSectioned && others.length > 0)) {
    const names = partitions.map(({ config }) => config.partition).join(", ");
    throw new UsageFault(`${what} is of one partition: give --partition, one of ${names}`);
  }
  return first;
}
