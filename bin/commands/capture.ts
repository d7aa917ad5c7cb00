import { type Command, InvalidArgumentError } from "commander";
import type { CaptureSummary } from "../../lib/local/capture/tally.ts";
import { upstreamUrl } from "../../lib/local/capture/upstream-url.ts";
import type { GlobalOptions } from "../deployment.ts";
import { wholeNumber } from "../numbers.ts";
import { makeOutput, type Output } from "../output.ts";

interface CaptureCommandOptions extends GlobalOptions {
  readonly upstream: string;
  readonly port: number;
  readonly out: string;
  readonly name: string;
  readonly limit: number;
}

/** With a hyphen and twelve characters of the fingerprint it is a prompt's name, of at most 48. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,34}$/;

export function addCapture(program: Command): void {
  program
    .command("capture")
    .description("record an application's real requests as prompt files, through a proxy on this machine")
    .option("--out <DIR>", "where the prompt files go", "prompts")
    .option("--name <PREFIX>", "what their names begin with; the fingerprint follows", fileName, "prompt")
    .option("--port <N>", "port to listen on; 0 takes a free one", wholeNumber(0, 65_535), 0)
    .option("--limit <N>", "most different prefixes to record", wholeNumber(1, 10_000), 100)
    .option("--upstream <URL>", "where the requests go on to", "https://api.anthropic.com")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CaptureCommandOptions>();
      const output = makeOutput(options.json === true);
      const upstream = urlOrUsage(options.upstream, command);
      const { startCapture } = await import("../../lib/local/capture/capture.ts");
      const capture = await startCapture({
        upstream,
        port: options.port,
        directory: options.out,
        name: options.name,
        limit: options.limit,
        onNews: (recording) =>
          output.talk(
            recording.kind === "refused"
              ? `not recorded: ${recording.path} ${recording.message}`
              : `recorded ${recording.file}`,
          ),
      });
      output.talk(`requests go on to ${upstream.origin}; start the application with`);
      output.talk(`ANTHROPIC_BASE_URL=${capture.url}`);
      output.talk("Ctrl-C ends it and says what was recorded");
      await interrupted();
      if (capture.inFlight() > 0) {
        output.talk(`waiting for ${capture.inFlight()} requests under way; Ctrl-C again ends them`);
        void interrupted().then(capture.abort);
      }
      printSummary(await capture.finish(), output);
    });
}

/** Not while commander parses the option: its message would print the value, and a URL may hold a password. */
function urlOrUsage(text: string, command: Command): URL {
  try {
    return upstreamUrl(text, "--upstream");
  } catch (error) {
    return command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fileName(value: string): string {
  if (FILE_NAME.test(value)) return value;
  throw new InvalidArgumentError("must be 1 to 35 letters, digits, hyphens or underscores.");
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function printSummary(summary: CaptureSummary, output: Output): void {
  const { requests, messages, recorded, duplicates, refused, files } = summary;
  const lines = [
    `requests      ${requests} forwarded, ${messages} of them messages`,
    `recorded      ${recorded} new, ${duplicates} of a prefix that has its file`,
    ...files.map(({ file, fingerprint }) => `  ${fingerprint.slice(0, 12)}  ${file}`),
    `not recorded  ${refused.reduce((total, { count }) => total + count, 0)}`,
    ...refused.map(({ path, message, count }) => `  ${count} x  ${path} ${message}`),
    ...(files.length > 0 ? [`next          warmer check ${files[0]?.file}`] : []),
  ];
  output.data(summary, lines.join("\n"));
}
