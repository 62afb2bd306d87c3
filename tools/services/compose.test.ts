import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";

const repository = join(import.meta.dirname, "../..");
const textOf = (path: string) => readFileSync(join(repository, path), "utf8");

/** A `docker` that notes how it is called, fails where it is told to, and starts nothing. */
function fakeDocker(failing = "") {
  const folder = mkdtempSync(join(tmpdir(), "bg-docker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const calls = join(folder, "calls");
  const docker = join(folder, "docker");
  writeFileSync(docker, `#!/bin/sh\necho "$*" >>'${calls}'\ncase "$*" in ${failing || "nothing"}) exit 1;; esac\n`);
  chmodSync(docker, 0o755);
  return {
    path: [folder, process.env["PATH"]].join(delimiter),
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []),
  };
}

/** Runs a few lines of ours with that `docker` first on the path. */
function run(path: string, ...words: readonly string[]) {
  const child = spawn(process.execPath, words, { cwd: repository, env: { ...process.env, PATH: path }, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

const hasEngine = `import { hasContainerEngine } from ${JSON.stringify(join(import.meta.dirname, "compose.ts"))}; console.log(hasContainerEngine());`;

describe("where a container engine runs", () => {
  it("the services are those of the compose file, and go when they are told to", async () => {
    const docker = fakeDocker();
    const child = run(docker.path, "tools/services/main.ts");
    const exited = once(child, "exit");
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await expect.poll(() => said).toContain("RABBITMQ_URL=");
    expect(said).toContain("DYNAMODB_ENDPOINT=http://127.0.0.1:8000\n");
    expect(said).toContain("RABBITMQ_URL=amqp://bg:bg@127.0.0.1:5672\n");
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    const files = `--file ${repository}/infra/docker-compose.yml --file ${repository}/infra/docker-compose.services.yml`;
    const compose = `compose ${files} --project-name bg-ingest-services`;
    expect(docker.calls()).toEqual([
      "info",
      "compose version",
      `${compose} up --detach --wait dynamodb rabbitmq`,
      `${compose} down --volumes`,
    ]);
  });

  it("services that do not come up are ended, and that is a failure", async () => {
    const docker = fakeDocker("*--wait*");
    const child = run(docker.path, "tools/services/main.ts");
    const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect(code).toBe(1);
    expect(complaints).toContain("--wait");
    expect(docker.calls().at(-1)).toContain("down --volumes");
  });

  it("user, password and ports are those of the files", () => {
    const composed = textOf("infra/docker-compose.yml");
    expect(composed).toContain("RABBITMQ_DEFAULT_USER: bg\n");
    expect(composed).toContain("RABBITMQ_DEFAULT_PASS: bg\n");
    const ports = [...textOf("infra/docker-compose.services.yml").matchAll(/^ {6}- "(.+)"$/gm)].map(([, port]) => port);
    expect(ports).toEqual(["127.0.0.1:8000:8000", "127.0.0.1:5672:5672"]);
  });
});

it.each([
  ["a client without an engine", "info", "false"],
  ["an engine without compose", "compose*", "false"],
  ["both", "", "true"],
])("%s is told apart", async (_, failing, answer) => {
  const child = run(fakeDocker(failing).path, "--input-type=module", "--eval", hasEngine);
  expect((await text(child.stdout)).trim()).toBe(answer);
});
