import type { Fields, SettingProblem } from "./setting-problem.ts";
import type { Settings } from "./settings-schema.ts";

/** Which engines serve: those that were said, else those whose place was said, else what needs nothing. */
export function enginesOf(given: Fields): Pick<Settings, "store" | "bus"> {
  const hasDynamoDb = given.dynamodbTable !== undefined || given.dynamodbEndpoint !== undefined;
  return {
    store: given.store ?? (hasDynamoDb ? "dynamodb" : "sqlite"),
    bus: given.bus ?? (given.rabbitmqUrl === undefined ? "memory" : "rabbitmq"),
  };
}

/** Engines that do not go together, places that nobody would look at or that are missing, and what an engine could not hold. */
export function engineProblems(given: Fields): readonly SettingProblem[] {
  return [
    ...idleProblems(given),
    ...largeProblems(given),
    ...(given.appEnv === "development" || given.appEnv === undefined ? [] : missingProblems(given)),
  ];
}

function idleProblems(given: Fields): readonly SettingProblem[] {
  const { store, bus } = enginesOf(given);
  const idle: SettingProblem[] = [];
  const remove = (name: string, because: string): void => {
    idle.push({ name, message: `it does nothing, for ${because}. Remove one of the two` });
  };
  if (store === "sqlite" && given.dynamodbTable !== undefined) remove("DYNAMODB_TABLE", "STORE=sqlite");
  if (store === "sqlite" && given.dynamodbEndpoint !== undefined) remove("DYNAMODB_ENDPOINT", "STORE=sqlite");
  if (bus === "memory" && given.rabbitmqUrl !== undefined) remove("RABBITMQ_URL", "BUS=memory");
  if (bus === "memory" && given.rabbitmqNamespace !== undefined) remove("RABBITMQ_NAMESPACE", "BUS=memory");
  return idle;
}

/** What RabbitMQ 4 takes in one message unless its `max_message_size` says otherwise: a larger delivery could never be kept. */
const MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024;

function largeProblems(given: Fields): readonly SettingProblem[] {
  if (enginesOf(given).bus !== "rabbitmq" || (given.webhookBodyLimitBytes ?? 0) <= MESSAGE_LIMIT_BYTES) return [];
  const message = `${given.webhookBodyLimitBytes} is too large for BUS=rabbitmq: a delivery is one message, and a broker takes ${MESSAGE_LIMIT_BYTES} bytes in one unless set otherwise. Set ${MESSAGE_LIMIT_BYTES} or less`;
  return [{ name: "WEBHOOK_BODY_LIMIT_BYTES", message }];
}

/** Outside development nothing is guessed. */
function missingProblems(given: Fields): readonly SettingProblem[] {
  const { store, bus } = enginesOf(given);
  const problems: SettingProblem[] = [];
  const say = (name: string, message: string): void => {
    problems.push({ name, message });
  };
  if (given.store === undefined && store === "sqlite")
    say("STORE", "outside development it must be said: dynamodb, or sqlite for one service on one machine");
  if (store === "dynamodb" && given.dynamodbTable === undefined) say("DYNAMODB_TABLE", "outside development it must be set");
  if (store === "dynamodb" && given.awsRegion === undefined) say("AWS_REGION", "outside development it must be set");
  if (store === "dynamodb" && bus === "memory")
    say("BUS", "memory with STORE=dynamodb is for development: replicas share neither events nor deliveries. Set RABBITMQ_URL");
  if (bus === "rabbitmq" && given.rabbitmqUrl === undefined) say("RABBITMQ_URL", "outside development it must be set");
  return problems;
}
