import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { aFunction, aServer, NOON, slowly } from "./fixture.ts";

const HOUR = 3_600_000;

/** Both ways to send, behind one function `get(url, { signal })` that answers the body. */
const CLIENTS = [
  [
    "node:http",
    `const http = require("node:http");
     const agent = new http.Agent({ keepAlive: true });
     const get = (url, options = {}) => new Promise((resolve, reject) => {
       http.get(url, { agent, ...options }, async (response) => {
         let body = "";
         for await (const chunk of response) body += chunk;
         resolve(body);
       }).on("error", reject);
     });`,
  ],
  ["fetch", "const get = async (url, options) => (await fetch(url, options)).text();"],
] as const;

describe.each(CLIENTS)("requests by %s", (_, client) => {
  const run = async (body: string, answer = slowly, timeoutMs = 2 * HOUR) => {
    const server = await aServer(answer);
    const source = `${client} exports.handler = async ({ url }) => { ${body} };`;
    const local = aFunction(source, { timeoutMs });
    return { server, reply: await local.call({ url: server.url }), local };
  };

  it("say their virtual instant and take the time that the answer asks for", async () => {
    const { reply } = await run(
      "return [await get(url + '/0'), await get(url + '/250'), await get(url + '/250')];",
    );
    expect(reply).toMatchObject({
      at: NOON + 500,
      result: ["0 ms, sent at 0", "250 ms, sent at 0", "250 ms, sent at 250"],
    });
  });

  it("arrive in virtual order when eight are in flight at once, whatever the real order", async () => {
    const latencies = [80, 10, 50, 10, 300, 0, 50, 10];
    const waiting: (() => void)[] = [];
    // Answers when the eighth has come, the last one first: a client that waits for one before the next hangs.
    const together = (request: IncomingMessage, response: ServerResponse) => {
      waiting.unshift(() => slowly(request, response));
      if (waiting.length === latencies.length) for (const answer of waiting.splice(0)) answer();
    };
    const { reply } = await run(
      `const arrived = [];
       await Promise.all(${JSON.stringify(latencies)}.map(async (ms, i) => {
         await get(url + "/" + ms);
         arrived.push([i, Date.now() - ${NOON}]);
       }));
       return arrived;`,
      together,
    );
    expect(reply).toMatchObject({
      at: NOON + 300,
      result: [
        [5, 0],
        [1, 10],
        [3, 10],
        [7, 10],
        [2, 50],
        [6, 50],
        [0, 80],
        [4, 300],
      ],
    });
  });

  it("and timers share one order: of one instant, what was made first comes first", async () => {
    const { reply } = await run(
      `const seen = [];
       const note = (what) => () => seen.push(what);
       await Promise.all([
         new Promise((resolve) => setTimeout(resolve, 50)).then(note("timer before")),
         get(url + "/50").then(note("answer")),
         new Promise((resolve) => setTimeout(resolve, 50)).then(note("timer after")),
       ]);
       return seen;`,
    );
    expect(reply.result).toEqual(["timer before", "answer", "timer after"]);
  });

  it("give equal output over 20 runs with shuffled real delays", async () => {
    const delayed = (request: IncomingMessage, response: ServerResponse) => {
      setTimeout(() => slowly(request, response), Math.random() * 4);
    };
    const { server, local } = await run(
      `const worker = async (name) => {
         for (const ms of [3, 1, 2].map((n) => n * name.charCodeAt() % 7)) {
           console.log(name, Date.now() - ${NOON}, await get(url + "/" + ms), Math.random());
           await new Promise((resolve) => setTimeout(resolve, ms));
         }
       };
       await Promise.all([..."abcdefgh"].map(worker));`,
      delayed,
    );
    const runs = new Set<string>();
    for (let i = 0; i < 20; i += 1) {
      const reply = await local.invoke({
        requestId: "same",
        at: NOON + i * HOUR,
        payload: { url: server.url },
      });
      const relative = reply.logs.map((line) =>
        line.replaceAll(/(?<= )\d{6,}/g, (at) => String(Number(at) % HOUR)),
      );
      runs.add(JSON.stringify([reply.at - NOON - i * HOUR, relative]));
    }
    expect(runs.size).toBe(1);
    expect([...runs][0]).toContain("ms, sent at");
  });

  it("are given up by a virtual timeout long before an answer that takes an hour", async () => {
    const { reply } = await run(
      `const error = await get(url + "/${HOUR}", { signal: AbortSignal.timeout(2000) }).catch((error) => error);
       const after = await get(url + "/5");
       return [error.name, error.cause?.name, after];`,
    );
    expect(reply.at).toBe(NOON + 2005);
    expect(JSON.stringify(reply.result)).toContain("TimeoutError");
    expect(JSON.stringify(reply.result)).toContain("5 ms, sent at 2000");
  });

  it("are answered one millisecond before the timeout, and given up exactly at it", async () => {
    const attempt = (ms: number) =>
      run(
        `return get(url + "/${ms}", { signal: AbortSignal.timeout(2000) }).then(() => "answered", () => "given up");`,
      );
    expect((await attempt(1999)).reply).toMatchObject({ at: NOON + 1999, result: "answered" });
    expect((await attempt(2000)).reply).toMatchObject({ at: NOON + 2000, result: "given up" });
  });

  it("end with the function's own deadline when nobody gives up", async () => {
    const { reply } = await run(`return get(url + "/${HOUR}");`, slowly, 3000);
    expect(reply).toMatchObject({ at: NOON + 3000, error: { errorType: "Sandbox.Timedout" } });
  });

  it("fail without time passing when the connection is dropped, before or within an answer", async () => {
    for (const cut of [
      (_: IncomingMessage, response: ServerResponse) => response.destroy(),
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("half", () => response.destroy());
      },
    ]) {
      const { reply } = await run("return get(url).then(() => 'answered', (error) => error.name);", cut);
      expect(reply.at).toBe(NOON);
      expect(reply.result).not.toBe("answered");
    }
  });

  it("keep their connection from one invocation to the next", async () => {
    const { server, local } = await run("return get(url + '/5');");
    for (let minute = 1; minute < 5; minute += 1)
      await local.result({ url: server.url }, NOON + minute * 60_000);
    expect(server.connections()).toBe(1);
  });

  it("bring bodies of any size, and a Date that is the virtual one", async () => {
    const big = (request: IncomingMessage, response: ServerResponse) => {
      request.resume();
      response.setHeader("x-virtual-latency-ms", "100");
      response.end("x".repeat(3_000_000));
    };
    const { reply } = await run("return (await get(url)).length;", big);
    expect(reply).toMatchObject({ at: NOON + 100, result: 3_000_000 });
  });

  it("reach this machine and nothing else", async () => {
    const { reply } = await run(`
      try { await get("http://192.0.2.1/latest/meta-data"); } catch {}
      try { await get("http://api.anthropic.com/v1/messages"); } catch {}
      return "swallowed";`);
    expect(reply).toEqual({
      at: NOON,
      error: {
        errorType: "Local.Refused",
        errorMessage: expect.stringContaining('127.0.0.1 only, got: "192.0.2.1"'),
      },
      logs: [],
    });
  });

  it("may name this machine as localhost", async () => {
    const { reply } = await run("return get(url.replace('127.0.0.1', 'localhost') + '/7');");
    expect(reply).toMatchObject({ result: "7 ms, sent at 0" });
  });
});

describe("a request by node:http", () => {
  const run = async (body: string) => {
    const { url } = await aServer(slowly);
    const source = `const http = require("node:http"); const agent = new http.Agent({ keepAlive: true });
      exports.handler = ({ url }) => new Promise((resolve) => { ${body} });`;
    return aFunction(source, { timeoutMs: 2 * HOUR }).call({ url });
  };
  const events = `const seen = [];
    const note = (what) => seen.push(what + " " + (Date.now() - ${NOON}));
    const watch = (request) => request
      .on("response", (response) => { note("response"); response.resume(); })
      .on("timeout", () => note("timeout"))
      .on("error", (error) => note(error.message))
      .on("close", () => { note("close"); resolve(seen); })
      .end();`;

  it("shows its events in Node's order, at the answer's instant", async () => {
    expect(await run(`${events} watch(http.request(url + "/250", { agent }));`)).toMatchObject({
      result: ["response 250", "close 250"],
    });
  });

  it("shows what destroyed it while its answer was held", async () => {
    expect(
      await run(`${events} const request = http.request(url + "/250", { agent });
        watch(request); setTimeout(() => request.destroy(new Error("enough")), 100);`),
    ).toMatchObject({ at: NOON + 100, result: ["enough 100", "close 100"] });
    expect(
      await run(`${events} const request = http.request(url + "/250");
        watch(request); setTimeout(() => request.destroy(), 100);`),
    ).toMatchObject({ at: NOON + 100, result: ["socket hang up 100", "close 100"] });
  });

  it("meets the idle timeout of its socket in virtual time, but not after its answer", async () => {
    expect(await run(`${events} watch(http.request(url + "/250", { agent, timeout: 100 }));`)).toMatchObject({
      result: ["timeout 100", "response 250", "close 250"],
    });
    expect(
      await run(`${events} watch(http.request(url + "/99", { agent, timeout: 100 }));
        setTimeout(() => {}, 500);`),
    ).toMatchObject({ result: ["response 99", "close 99"] });
  });

  it("keeps an idle connection, although the socket's own timeout passes between two requests", async () => {
    const server = await aServer(slowly);
    const source = `const http = require("node:http"); const agent = new http.Agent({ keepAlive: true });
      const get = (url) => new Promise((resolve, reject) => {
        http.get(url, { agent }, (response) => response.resume().on("end", resolve))
          .on("socket", (socket) => socket.setTimeout(100)).on("error", reject);
      });
      exports.handler = async ({ url }) => {
        await get(url + "/90");
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await get(url + "/90");
      };`;
    expect(await aFunction(source).call({ url: server.url })).toMatchObject({
      at: NOON + 1180,
      result: null,
    });
    expect(server.connections()).toBe(1);
  });

  it("fails as in Node when nobody listens", async () => {
    const port = "http://127.0.0.1:1";
    expect(await run(`http.get("${port}").on("error", (error) => resolve(error.code));`)).toMatchObject({
      result: "ECONNREFUSED",
    });
  });
});

describe("a request by fetch", () => {
  it("keeps status, headers and address of the answer", async () => {
    const { url } = await aServer((_, response) => {
      response.writeHead(404, "Gone Fishing", { "x-kind": "test", "x-virtual-latency-ms": "1000" }).end("no");
    });
    const result = await aFunction(`exports.handler = async ({ url }) => {
      const response = await fetch(new URL(url), { method: "POST", body: "x", headers: [["a", "b"]] });
      const { status, statusText, ok, redirected } = response;
      const { date, "x-kind": kind } = Object.fromEntries(response.headers);
      return { status, statusText, ok, redirected, date, kind, url: response.url, body: await response.text() };
    };`).result({ url: `${url}/x` });
    expect(result).toEqual({
      status: 404,
      statusText: "Gone Fishing",
      ok: false,
      redirected: false,
      date: "Sat, 21 Nov 2026 12:00:01 GMT",
      kind: "test",
      url: `${url}/x`,
      body: "no",
    });
  });

  it("takes a Request, and an answer that has no body", async () => {
    const { url } = await aServer((request, response) => {
      response
        .writeHead(request.headers["x-own"] === "1" && request.headers["x-virtual-time"] ? 204 : 500)
        .end();
    });
    const source = `exports.handler = async ({ url }) =>
      (await fetch(new Request(url, { headers: { "x-own": "1" } }))).status;`;
    expect(await aFunction(source).result({ url })).toBe(204);
  });
});
