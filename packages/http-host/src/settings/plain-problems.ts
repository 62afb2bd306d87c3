import { isLoopback } from "./loopback.ts";
import type { Fields, SettingProblem } from "./setting-problem.ts";

/** What goes there, for whoever is told that it would go unsealed. */
const CARRIES = {
  DYNAMODB_ENDPOINT: "readings and how each person's connections are",
  RABBITMQ_URL: "readings, and the broker's password",
  AWS_ENDPOINT_URL_SECRETS_MANAGER: "the secrets of this service",
} as const;

/**
 * Outside development nothing about anybody leaves this machine without TLS, but to hosts that are named as reached over a network of one's own. Which
 * ones is said, and not only that there are some: an address that is changed later is not let through by what was said of another.
 */
export function plainProblems(given: Fields): readonly SettingProblem[] {
  if (given.appEnv === "development" || given.appEnv === undefined) return [];
  const places = {
    DYNAMODB_ENDPOINT: given.dynamodbEndpoint,
    RABBITMQ_URL: given.rabbitmqUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: given.awsEndpointUrlSecretsManager,
  } as const;
  return (Object.keys(places) as (keyof typeof places)[]).flatMap((name) => {
    const host = plainHostOf(places[name]);
    return host === null || given.plaintextHosts?.some((each) => each.toLowerCase() === host) === true ? [] : [plainProblem(name, host)];
  });
}

/** Of another machine that is asked without TLS; `null` if there is none. */
function plainHostOf(place: string | undefined): string | null {
  if (place === undefined || !/^(http|amqp):/i.test(place)) return null;
  // RABBITMQ_URL and the endpoints were parsed before: this is one.
  const host = new URL(place).hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return isLoopback(host) ? null : host;
}

/** The address itself may hold a password. */
function plainProblem(name: keyof typeof CARRIES, host: string): SettingProblem {
  const sealed = name === "RABBITMQ_URL" ? "amqps" : "https";
  const message = `without TLS it would carry ${CARRIES[name]} to ${host} for anybody on the way to read. Use ${sealed}, or, if nobody else can reach the network between, name the host: PLAINTEXT_HOSTS=${host}`;
  return { name, message };
}
