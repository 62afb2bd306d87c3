import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { startHost } from "./running-host.ts";

const text = readFileSync(new URL("../../../docs/webhooks.md", import.meta.url), "utf8");
const run = promisify(execFile);

function blockWith(language: string, part: string): string {
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return blocks.find(([, of, content]) => of === language && content?.includes(part))?.[2] ?? "";
}

it("docs/webhooks.md leads from a connection to a stored reading, word by word", async () => {
  const { url, stop } = await startHost();
  onTestFinished(stop);
  const cwd = mkdtempSync(join(tmpdir(), "webhooks-"));
  const inShell = async (script: string, environment: Record<string, string> = {}) => {
    const here = script.replaceAll(/(?:http:\/\/)?localhost:5001/g, url);
    return (await run("sh", ["-ec", here], { cwd, env: { ...process.env, ...environment } })).stdout;
  };
  const [, path = "", body = ""] = /localhost:5001(\S+) .* -d '(.*)'/.exec(blockWith("sh", "curl -X POST")) ?? [];
  const connected = await fetch(url + path, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { webhook } = (await connected.json()) as { readonly webhook: { readonly url: string; readonly secret: string } };
  writeFileSync(join(cwd, "send-delivery.mjs"), blockWith("js", "createHmac"));
  await inShell(blockWith("sh", "delivery.json\n"));
  const sent = blockWith("sh", "send-delivery.mjs").replace("whsec_…", webhook.secret);
  expect(sent).toContain(new URL(webhook.url).pathname);
  const unsigned = inShell(sent.replace(/^WEBHOOK_SECRET=\S+ /, ""), { WEBHOOK_SECRET: "" });
  await expect(unsigned).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Nothing was sent: WEBHOOK_SECRET is not set\..*\n$/),
  });
  expect(await inShell(sent)).toBe('202 {"status":"accepted"}\n');
  const { data } = JSON.parse(readFileSync(join(cwd, "delivery.json"), "utf8"));
  const at = Math.floor(Date.parse(data.records[0].systemTime) / 1000) * 1000;
  const range = `${url}/api/bg/anna?from=${new Date(at).toISOString()}&to=${new Date(at + 1000).toISOString()}&view=all`;
  const readings = async () => JSON.stringify(await (await fetch(range)).json());
  await expect.poll(readings, { timeout: 20_000, interval: 50 }).toContain(`:${data.records[0].value}`);
  expect(await inShell(sent.replace(webhook.secret, `${webhook.secret.slice(0, 10)}AAAA${webhook.secret.slice(14)}`))).toMatch(/^401 /);
});
