import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What SNS posts to an endpoint. */
export interface Posted {
  readonly Type: "SubscriptionConfirmation" | "Notification";
  readonly TopicArn: string;
  readonly Token?: string;
  readonly Message: string;
}

export interface Subscriber {
  readonly url: string;
  readonly posts: readonly Posted[];
  close(): Promise<void>;
}

/** An HTTP endpoint that hears a topic, as somebody's pager would. */
export async function startSubscriber(): Promise<Subscriber> {
  const posts: Posted[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request
      .setEncoding("utf8")
      .on("data", (text: string) => {
        body += text;
      })
      .on("end", () => {
        posts.push(JSON.parse(body) as Posted);
        response.end();
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    posts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
