import { Worker } from "node:worker_threads";
import type { CapturedRequest } from "./captured-request.ts";
import { codeOf } from "./code-of.ts";
import type { PromptFilesOptions, Recording } from "./prompt-files.ts";

/** Takes captured requests from the proxy. */
export interface Recorder {
  /** Takes the body's memory over: its owner cannot read it any more. Never rejects. */
  record(request: CapturedRequest): Promise<Recording>;
  /** Records what it has taken, then ends. */
  close(): Promise<void>;
}

export interface Task {
  readonly id: number;
  readonly request: CapturedRequest;
}

export interface TaskDone {
  readonly id: number;
  readonly recording: Recording;
}

/**
 * Records in a thread of its own: to parse a prompt of 400 kB takes 10 ms and one of 30 MB most of a second, in which
 * the proxy would forward nothing. After a request that ends the thread (of its memory, say) the next one starts another.
 */
export function startRecorder({ directory, name, limit }: PromptFilesOptions): Recorder {
  const workerData: PromptFilesOptions = { directory, name, limit };
  const waiting = new Map<number, (recording: Recording) => void>();
  const pending = new Set<Promise<Recording>>();
  let lastId = 0;
  // At once, so that its start does not fall on the first request.
  let thread: Worker | undefined = startThread();

  function startThread(): Worker {
    const started = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
    started.on("message", ({ id, recording }: TaskDone) => settle(id, recording));
    started.on("error", (error) => {
      thread = undefined;
      const message = `was not written: the recorder's thread ended (${codeOf(error)})`;
      for (const id of [...waiting.keys()]) settle(id, { kind: "refused", path: "(file)", message });
    });
    return started;
  }

  function settle(id: number, recording: Recording): void {
    waiting.get(id)?.(recording);
    waiting.delete(id);
  }

  return {
    record: (request) => {
      thread ??= startThread();
      lastId += 1;
      const task: Task = { id: lastId, request };
      const recording = new Promise<Recording>((resolve) => waiting.set(task.id, resolve));
      pending.add(recording);
      thread.postMessage(task, [request.body.buffer]);
      return recording.finally(() => pending.delete(recording));
    },
    close: async () => {
      await Promise.all(pending);
      await thread?.terminate();
    },
  };
}
