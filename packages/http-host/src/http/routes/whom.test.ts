import { describe, expect, it } from "vitest";
import { served } from "../../../test/served.ts";

const HTML = { accept: "text/html" };

describe("GET /connect", () => {
  it("is where the bare address leads, and asks whom", async () => {
    const { app, get } = served();
    const { statusCode, headers } = await app.inject("/");
    expect([statusCode, headers.location]).toEqual([302, "/connect"]);
    for (const path of ["/connect", "/connect?user=", "/connect?user=%20"]) {
      const page = await get(path, HTML);
      expect([page.statusCode, page.headers["content-security-policy"]]).toEqual([200, expect.stringContaining("form-action 'self'")]);
      expect(page.body).toContain('<form class="card" method="get" action="/connect">');
    }
  });

  it("leads to the page of whoever is named", async () => {
    const { get } = served();
    for (const [user, path] of [
      ["anna", "/connect/anna"],
      ["+anna+", "/connect/anna"],
      ["anna%40home", "/connect/anna%40home"],
    ]) {
      const { statusCode, headers } = await get(`/connect?user=${user}`, HTML);
      expect([statusCode, headers["location"]]).toEqual([302, path]);
    }
  });

  it("leads nowhere by a name that is none", async () => {
    const { get } = served();
    for (const user of ["%2F%2Fevil.example", "..", "a%0D%0Ax:1", "a".repeat(129)]) {
      const answer = await get(`/connect?user=${user}`, HTML);
      expect([answer.statusCode, answer.headers["location"]]).toEqual([400, undefined]);
      expect(answer.body).toContain('href="/connect"');
    }
  });
});
