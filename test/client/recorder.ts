import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it was on the socket. */
export interface Recorded {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Recorder {
  readonly url: string;
  readonly requests: readonly Recorded[];
  close(): Promise<void>;
}

const HOP = new Set(["connection", "content-length", "transfer-encoding", "host", "keep-alive"]);

/** A server on this machine that notes every request and passes it on as it is. */
export async function startRecorder(target: string): Promise<Recorder> {
  const requests: Recorded[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { url: path = "/", method = "POST", headers } = request;
    requests.push({ path, headers, body: body.toString("utf8") });
    const passed = Object.entries(headers).filter(([name]) => !HOP.has(name)) as [string, string][];
    const answer = await fetch(new URL(path, target), { method, headers: passed, body });
    response.writeHead(answer.status, [...answer.headers].filter(([name]) => !HOP.has(name)).flat());
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
