import { expect, it } from "vitest";
import { rawAt, served } from "../../test/served.ts";

const PATHS = [
  "/api/bg/anna/latest",
  "/api/bg/anna?from=2025-04-26T00:00:00Z",
  "/api/bg/nobody/latest",
  "/api/connections/anna",
  "/api/connections/anna/diary/set-aside",
  "/api/providers",
  "/connect/anna",
  "/connect",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/docs/",
  "/problems/not_found",
  "/nowhere",
];

it("whatever is answered is guessed to be nothing else, and what a browser may show runs in no frame", async () => {
  const { get, connect, tell } = served();
  await connect("anna");
  await tell("anna", [rawAt(-300, 110)]);
  for (const path of PATHS) {
    const { headers } = await get(path, { accept: "text/html, */*" });
    expect([path, headers["x-content-type-options"]]).toEqual([path, "nosniff"]);
    if (String(headers["content-type"]).startsWith("text/html"))
      expect([path, headers["content-security-policy"]]).toEqual([path, expect.stringContaining("frame-ancestors 'none'")]);
    if (path.startsWith("/api/")) expect([path, headers["cache-control"]]).toEqual([path, "no-store"]);
  }
});
