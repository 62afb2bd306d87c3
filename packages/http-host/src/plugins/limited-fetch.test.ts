import { describe, expect, it } from "vitest";
import { createLimitedFetch } from "./limited-fetch.ts";

const answering = (...answer: ConstructorParameters<typeof Response>) => createLimitedFetch(async () => new Response(...answer), 1_000);

describe("a limited fetch", () => {
  it("passes an answer on as it came", async () => {
    const answer = await answering("x".repeat(1_000), { status: 418, headers: { "retry-after": "7" } })("https://a.example");
    expect([answer.status, answer.headers.get("retry-after"), (await answer.text()).length]).toEqual([418, "7", 1_000]);
  });

  it("passes an answer without a body on", async () => {
    expect((await answering(null, { status: 204 })("https://a.example")).status).toBe(204);
  });

  it("fails to read what is longer", async () => {
    const answer = await answering("x".repeat(1_001))("https://a.example");
    await expect(answer.text()).rejects.toThrow("longer than 1000 bytes");
  });

  it("stops an endless answer", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 100;
        controller.enqueue(new Uint8Array(100));
      },
    });
    const answer = await answering(endless)("https://a.example");
    await expect(answer.arrayBuffer()).rejects.toThrow("longer than 1000 bytes");
    expect(sent).toBeLessThan(3_000);
  });

  it("keeps the address that an answer came from", async () => {
    const from = Object.defineProperty(new Response("x"), "url", { value: "https://a.example/x" });
    expect((await createLimitedFetch(async () => from, 10)("https://a.example")).url).toBe("https://a.example/x");
  });
});
