// A private RabbitMQ for tests: its own node, data and loopback port, ended by its own process id.
// `node tools/services/rabbitmq.ts` runs one until it is interrupted.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "../free-ports.ts";

export interface PrivateRabbitMq {
  readonly port: number;
  /** With user and password. */
  readonly url: string;
  /** Runs `rabbitmqctl` against this node. */
  control(...words: readonly string[]): Promise<string>;
  /** `kill -9`: nothing is said goodbye to. What was confirmed is found again by `start`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and deletes what it wrote. */
  end(): Promise<void>;
}

/** Debian keeps the real scripts here; its wrappers in the path run as another user on that user's data. */
const DEBIAN_SCRIPTS = "/usr/lib/rabbitmq/bin";
const START_MS = 90_000;

/** Where the scripts of an installed RabbitMQ are, by `RABBITMQ_SCRIPTS` those of another one; `null` if there is none. */
function findScripts(): string | null {
  const { RABBITMQ_SCRIPTS } = process.env;
  const places = RABBITMQ_SCRIPTS ? [RABBITMQ_SCRIPTS] : [DEBIAN_SCRIPTS, ...(process.env["PATH"] ?? "").split(":")];
  return places.find((place) => existsSync(join(place, "rabbitmq-server"))) ?? null;
}

/** `null` if no RabbitMQ is installed here. */
export async function startPrivateRabbitMq(): Promise<PrivateRabbitMq | null> {
  const scripts = findScripts();
  if (scripts === null) return null;
  const dir = mkdtempSync(join(tmpdir(), "bg-ingest-rabbitmq-"));
  const [port, distributionPort, mapperPort] = (await freePorts(3)) as [number, number, number];
  const environment = environmentOf(dir, port, distributionPort, mapperPort);
  let server: ChildProcess | null = null;

  const control = async (...words: readonly string[]) =>
    (await promisify(execFile)(join(scripts, "rabbitmqctl"), words, { env: environment })).stdout;
  const start = async () => {
    server = spawn(join(scripts, "rabbitmq-server"), [], { env: environment, stdio: "ignore", detached: true });
    await untilReady(server, port, join(dir, "log"));
  };
  const killNow = (): Promise<unknown> => {
    const ended = server;
    server = null;
    if (ended?.pid === undefined || ended.exitCode !== null || ended.signalCode !== null) return Promise.resolve();
    const exited = new Promise((resolve) => ended.once("exit", resolve));
    process.kill(-ended.pid, "SIGKILL");
    return exited;
  };
  const kill = async () => void (await killNow());
  // Whoever forgets to end it, or throws, leaves none behind.
  process.once("exit", killNow);

  const end = async () => {
    process.off("exit", killNow);
    await kill();
    await endPortMapper(mapperPort, environment);
    rmSync(dir, { recursive: true, force: true });
  };
  await start().catch(async (cause) => {
    await end();
    throw cause;
  });
  return { port, url: `amqp://guest:guest@127.0.0.1:${port}`, control, kill, start, end };
}

function environmentOf(dir: string, port: number, distributionPort: number, mapperPort: number): NodeJS.ProcessEnv {
  const config = join(dir, "rabbitmq.conf");
  for (const each of ["data", "log"]) mkdirSync(join(dir, each));
  writeFileSync(join(dir, "enabled_plugins"), "[].\n");
  writeFileSync(config, `listeners.tcp.1 = 127.0.0.1:${port}\ndisk_free_limit.absolute = 50MB\nlog.file.level = warning\n`);
  return {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: dir,
    RABBITMQ_NODENAME: `bg-ingest-${port}@localhost`,
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_CONF_ENV_FILE: join(dir, "none"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, "none.config"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, "enabled_plugins"),
    RABBITMQ_MNESIA_BASE: join(dir, "data"),
    RABBITMQ_LOG_BASE: join(dir, "log"),
    RABBITMQ_GENERATED_CONFIG_DIR: join(dir, "generated"),
    RABBITMQ_PID_FILE: join(dir, "pid"),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
    ERL_EPMD_PORT: String(mapperPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
  };
}

/** Erlang's port mapper, started by the node, refuses to end until it has noticed that the node is gone. */
async function endPortMapper(port: number, env: NodeJS.ProcessEnv): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const isOver = await promisify(execFile)("epmd", ["-port", String(port), "-kill"], { env }).then(
      () => true,
      (cause: unknown) => String(cause).includes("Cannot connect"),
    );
    if (isOver) return;
    await sleep(100);
  }
}

/** A broker that takes connections is ready: its listeners open last. */
async function untilReady(server: ChildProcess, port: number, log: string): Promise<void> {
  const untilMs = Date.now() + START_MS;
  while (!(await answersAt(port))) {
    if (server.exitCode !== null || Date.now() > untilMs) throw new Error(`RabbitMQ did not start; its log is in ${log}.`);
    await sleep(100);
  }
}

/** Sends the protocol's first words and waits for the answer: a port that is only bound answers nothing. */
function answersAt(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const answer = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.on("connect", () => socket.write("AMQP\x00\x00\x09\x01"));
    socket.on("data", () => answer(true));
    socket.on("error", () => answer(false));
    socket.on("end", () => answer(false));
  });
}

if (import.meta.main) {
  const broker = await startPrivateRabbitMq();
  if (broker === null) {
    console.error("No RabbitMQ is installed here. On Debian: apt-get install --no-install-recommends rabbitmq-server");
    process.exit(1);
  }
  console.log(`RABBITMQ_URL=${broker.url}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void broker.end().then(() => process.exit(0)));
}
