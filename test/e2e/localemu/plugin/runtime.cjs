/**
 * Runs a function for process_executor.py: each line on standard input is an event, each on standard output what the
 * function answered. What it prints itself goes to standard error, into the emulator's log.
 */
const { join } = require("node:path");
const { createInterface } = require("node:readline");

const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const [, , directory, handler] = process.argv;
const [file, name] = handler.split(".");
const { [name]: run } = require(join(directory, file));

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, arn, deadline, event } = JSON.parse(line);
  const context = {
    awsRequestId: id,
    invokedFunctionArn: arn,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  answer(`${JSON.stringify(await resultOf(run, event, context))}\n`);
});

async function resultOf(run, event, context) {
  try {
    return { failed: false, payload: (await run(event, context)) ?? null };
  } catch ({ name: errorType, message: errorMessage }) {
    return { failed: true, payload: { errorType, errorMessage } };
  }
}
