import { Agent, request } from "node:http";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Asks over a real connection, with the path as it is written: nothing tidies it up on the way. */
export function createAsk(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (method: string, path: string, headers: Readonly<Record<string, string>>, payload?: string): Promise<RawAnswer> =>
    new Promise((resolve, reject) => {
      const asked = request({ agent, port, host: "127.0.0.1", method, path, headers }, (answer) => {
        let body = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
        answer.on("error", reject);
      });
      asked.on("error", reject);
      asked.end(payload);
    });
  return { ask, close: () => agent.destroy() };
}
