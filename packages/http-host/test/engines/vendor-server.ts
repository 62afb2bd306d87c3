import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { MockWorld } from "@bg-ingest/provider-mock";

/** A simulated vendor that many processes ask. */
export interface VendorServer {
  readonly url: string;
  /** Requests for readings so far. */
  calls(): number;
  close(): Promise<void>;
}

export async function startVendor(world: MockWorld): Promise<VendorServer> {
  let calls = 0;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.url?.startsWith("/v1/readings")) calls++;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const answer = await world.fetch(`https://mock.invalid${request.url}`, { method: request.method ?? "GET", headers, body });
    const type = answer.headers.get("content-type");
    response.writeHead(answer.status, type === null ? {} : { "content-type": type }).end(await answer.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
