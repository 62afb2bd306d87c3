import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What `infra/docker-compose.yml` says of DynamoDB and RabbitMQ, in containers, on ports of this machine. */
export interface ComposedServices {
  readonly dynamoDbEndpoint: string;
  readonly rabbitMqUrl: string;
  /** Ends them and deletes what they kept. */
  stop(): Promise<void>;
}

const ENGINE_ANSWERS_WITHIN_MS = 20_000;
const repository = join(import.meta.dirname, "../..");
const files = ["infra/docker-compose.yml", "infra/docker-compose.services.yml"].flatMap((file) => ["--file", join(repository, file)]);
const compose = ["compose", ...files, "--project-name", "bg-ingest-services"];

/** Whether a container engine runs here and knows compose: a client without an engine is none. */
export function hasContainerEngine(): boolean {
  const answers = (...words: readonly string[]) => spawnSync("docker", words, { timeout: ENGINE_ANSWERS_WITHIN_MS }).status === 0;
  return answers("info") && answers("compose", "version");
}

/** Resolves once both are healthy. Throws where they do not get there; what went wrong, the engine has said. */
export async function startComposedServices(): Promise<ComposedServices> {
  const stop = () => docker([...compose, "down", "--volumes"]);
  try {
    await docker([...compose, "up", "--detach", "--wait", "dynamodb", "rabbitmq"]);
  } catch (cause) {
    await stop().catch(() => undefined);
    throw cause;
  }
  // Ports, user and password as they stand in the two files.
  return { dynamoDbEndpoint: "http://127.0.0.1:8000", rabbitMqUrl: "amqp://bg:bg@127.0.0.1:5672", stop };
}

async function docker(words: readonly string[]): Promise<void> {
  // A group of its own: Ctrl-C is for us, who then say what is to end.
  const child = spawn("docker", words, { stdio: ["ignore", "inherit", "inherit"], detached: true });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`\`docker ${words.join(" ")}\` ended with ${code}.`);
}
