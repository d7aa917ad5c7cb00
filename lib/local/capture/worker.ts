import { parentPort, workerData } from "node:worker_threads";
import { PromptFiles, type PromptFilesOptions } from "./prompt-files.ts";
import type { Task, TaskDone } from "./recorder.ts";

const files = new PromptFiles(workerData as PromptFilesOptions);

parentPort?.on("message", ({ id, request }: Task) => {
  parentPort?.postMessage({ id, recording: files.record(request) } satisfies TaskDone);
});
