import { parseProviderName, parseUserId } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { served } from "../../../test/served.ts";

describe("the OpenAPI document", () => {
  it("holds every path of the API, each with a way to succeed and its problems", async () => {
    const document = (await served().get("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    const calls = Object.entries<Record<string, { responses: Record<string, unknown> }>>(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(calls.sort()).toEqual([
      "DELETE /api/bg/{userId}",
      "DELETE /api/connections/{userId}/{provider}",
      "GET /api/bg/{userId}",
      "GET /api/bg/{userId}/latest",
      "GET /api/connections/{userId}",
      "GET /api/connections/{userId}/{provider}/set-aside",
      "GET /api/oauth/{provider}/callback",
      "GET /api/providers",
      "GET /connect",
      "GET /connect/{userId}",
      "GET /connect/{userId}/open",
      "GET /healthz",
      "GET /metrics",
      "GET /openapi.json",
      "GET /problems/{kind}",
      "GET /readyz",
      "POST /api/bg/{userId}/webhook",
      "POST /api/bg/{userId}/webhook/{provider}",
      "POST /api/connect-links/{userId}",
      "POST /api/connections/{userId}/{provider}",
      "POST /api/connections/{userId}/{provider}/poll",
    ]);
    for (const operations of Object.values<Record<string, { responses: Record<string, unknown> }>>(document.paths)) {
      for (const { responses } of Object.values(operations)) {
        expect(Object.keys(responses).some((status) => /^[23]/.test(status))).toBe(true);
        expect(responses).toHaveProperty("500");
      }
    }
  });

  it("names the parameters that are checked, and only those", async () => {
    const document = (await served().get("/openapi.json")).json();
    const parameters = document.paths["/api/bg/{userId}"].get.parameters as {
      name: string;
      in: string;
      required: boolean;
      schema: object;
    }[];
    const inQuery = parameters.filter((each) => each.in === "query");
    expect(inQuery.map(({ name }) => name)).toEqual(["from", "to", "unit", "detail", "view", "source", "as_of"]);
    expect(inQuery.filter(({ required }) => required).map(({ name }) => name)).toEqual(["from"]);
    expect(inQuery.find(({ name }) => name === "unit")?.schema).toEqual({ type: "string", enum: ["mg/dL", "mmol/L"], default: "mg/dL" });
    const [limit] = document.paths["/api/connections/{userId}/{provider}/set-aside"].get.parameters.filter(
      (each: { name: string }) => each.name === "limit",
    );
    expect(limit.schema).toEqual({ type: "integer", minimum: 1, maximum: 500, default: 50 });
  });

  it("groups the calls, and has something to try them with", async () => {
    const document = (await served().get("/openapi.json")).json();
    const tags = Object.values<Record<string, { tags: string[] }>>(document.paths).flatMap((operations) =>
      Object.values(operations).flatMap((operation) => operation.tags),
    );
    expect(new Set(tags)).toEqual(new Set(document.tags.map(({ name }: { name: string }) => name)));
    const [, from] = document.paths["/api/bg/{userId}"].get.parameters;
    expect(from).toMatchObject({ name: "from", example: "2025-04-25T14:30:00Z" });
  });

  it("names the headers of a delivery", async () => {
    const document = (await served().get("/openapi.json")).json();
    for (const path of ["/api/bg/{userId}/webhook", "/api/bg/{userId}/webhook/{provider}"]) {
      const { parameters, requestBody } = document.paths[path].post;
      const headers = parameters.filter((each: { in: string }) => each.in === "header").map(({ name }: { name: string }) => name);
      expect(headers).toEqual(["webhook-id", "webhook-timestamp", "webhook-signature"]);
      expect(requestBody.content["*/*"].example).toMatchObject({ data: { records: [{ value: expect.any(Number) }] } });
    }
  });

  it("writes down of user ids and providers' names what the core lets through", async () => {
    const document = (await served().get("/openapi.json")).json();
    const [userId, provider] = document.paths["/api/connections/{userId}/{provider}"].post.parameters.map(
      (each: { schema: { pattern: string } }) => new RegExp(each.schema.pattern),
    ) as [RegExp, RegExp];
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9-]{0,40}$/), fc.stringMatching(/^[\w.~:@-]{0,140}$/));
    fc.assert(
      fc.property(text, (given) => {
        expect(userId.test(given)).toBe(parseUserId(given).isOk());
        expect(provider.test(given)).toBe(parseProviderName(given).isOk());
      }),
    );
  });
});

describe("the page to read it", () => {
  it("comes whole from this service", async () => {
    const { app } = served();
    for (const page of ["/docs", "/docs/"]) {
      const { statusCode, body, headers } = await app.inject(page);
      expect(statusCode).toBe(200);
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/https?:/);
      const resources = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, address]) => new URL(address ?? "", `http://localhost${page}`),
      );
      expect(resources.length).toBeGreaterThan(4);
      for (const { host, pathname } of resources) {
        expect(host).toBe("localhost");
        expect([pathname, (await app.inject(pathname)).statusCode]).toEqual([pathname, 200]);
      }
    }
    const styles = (await app.inject("/docs/static/swagger-ui.css")).body;
    expect(styles).not.toMatch(/url\(["']?https?:/);
    expect(styles).not.toMatch(/@import/);
    expect((await app.inject("/docs/json")).json()).toEqual((await app.inject("/openapi.json")).json());
  });
});
