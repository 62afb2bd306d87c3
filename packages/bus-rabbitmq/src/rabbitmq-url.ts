import { err, Result } from "neverthrow";

/** Where the broker is and who we are there, as amqplib takes it. */
export interface BrokerPlace {
  readonly protocol: "amqp" | "amqps";
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** As it stands in the URL, still escaped. */
  readonly vhost: string;
  readonly heartbeat: number;
}

export interface RabbitMqRefused {
  readonly kind: "rabbitmq_refused";
  readonly message: string;
}

const PORTS = { amqp: 5672, amqps: 5671 } as const;
/** Two missed ones end a connection whose other end is gone. */
const HEARTBEAT_SECONDS = 10;
const FORM = "amqp://user:password@host:5672/virtual-host, or amqps:// for TLS";

/** A refusal never quotes the URL: it holds the password. */
export function parseRabbitMqUrl(url: string): Result<BrokerPlace, RabbitMqRefused> {
  if (!URL.canParse(url)) return refused(`RABBITMQ_URL is no URL. It has the form ${FORM}.`);
  const { protocol, hostname, port, username, password, pathname, search } = new URL(url);
  const scheme = protocol.slice(0, -1);
  if (scheme !== "amqp" && scheme !== "amqps")
    return refused(`RABBITMQ_URL has another scheme than amqp or amqps. It has the form ${FORM}.`);
  if (hostname === "") return refused(`RABBITMQ_URL names no host. It has the form ${FORM}.`);
  if (search !== "") return refused(`RABBITMQ_URL takes nothing behind a question mark. It has the form ${FORM}.`);
  return decoded(username)
    .andThen((user) => decoded(password).map((secret) => ({ user, secret })))
    .map(({ user, secret }) => ({
      protocol: scheme,
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: port === "" ? PORTS[scheme] : Number(port),
      username: user === "" && secret === "" ? "guest" : user,
      password: user === "" && secret === "" ? "guest" : secret,
      vhost: pathname.slice(1),
      heartbeat: HEARTBEAT_SECONDS,
    }));
}

const decoded = (text: string): Result<string, RabbitMqRefused> => Result.fromThrowable(decodeURIComponent, () => unescapable)(text);

const unescapable: RabbitMqRefused = {
  kind: "rabbitmq_refused",
  message: "User and password in RABBITMQ_URL are to be percent-encoded: % is written %25, @ is written %40.",
};

function refused(message: string): Result<never, RabbitMqRefused> {
  return err({ kind: "rabbitmq_refused", message });
}
