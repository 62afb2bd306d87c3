import { createServer, type Server } from "node:http";
import type { StubLinkUp } from "./stub-linkup.ts";

/** The stub over HTTP on this machine. */
export async function serveStub(stub: StubLinkUp, port: number): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (stub.switches.hangs) return;
      const header = (name: string) => request.headers[name]?.toString() ?? null;
      const answer = stub.answer({ method: request.method ?? "", path: request.url ?? "", header, body: Buffer.concat(parts).toString() });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      void answer.text().then((text) => response.end(text));
    });
  });
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`, server };
}

/** The stub without a network: what `fetch` leads to, wherever the address says. */
export function fetchFrom(stub: StubLinkUp): typeof fetch {
  return async (address, init) => {
    const signal = init?.signal ?? null;
    signal?.throwIfAborted();
    if (stub.switches.hangs) await new Promise((_, giveUp) => signal?.addEventListener("abort", () => giveUp(signal.reason)));
    const headers = new Headers(init?.headers);
    const body = typeof init?.body === "string" ? init.body : "";
    return stub.answer({
      method: init?.method ?? "GET",
      path: new URL(String(address)).pathname,
      header: (name) => headers.get(name),
      body,
    });
  };
}
