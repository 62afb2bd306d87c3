import { err, ok, type Result } from "neverthrow";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

export function parseTableName(text: string): Result<string, string> {
  return TABLE_NAME.test(text) ? ok(text) : err(`"${text}" is not the name of a table: 3 to 255 of A–Z a–z 0–9 . _ -`);
}

export function parseRegion(text: string): Result<string, string> {
  return REGION.test(text) ? ok(text) : err(`"${text}" is not a region such as eu-central-1`);
}

export function parseDynamoDbEndpoint(text: string): Result<string, string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) return err(`"${text}" is not a URL such as http://localhost:8000`);
  if (url.username !== "" || url.password !== "") return err("the URL given holds a name or password; give it without");
  if (url.href !== `${url.origin}/`) return err(`"${text}" goes on after the host: ${url.origin} is enough`);
  return ok(url.origin);
}

/** Names at a broker have 255 bytes at most; ours go on behind it. No `#` or `*`, which mean something where queues are bound. */
const NAMESPACE = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/;

export function parseNamespace(text: string): Result<string, string> {
  return NAMESPACE.test(text) ? ok(text) : err(`"${text}" is not a namespace: a letter or digit, then up to 99 of A–Z a–z 0–9 . _ -`);
}

/** It holds a password and is never shown. */
export function parseBrokerUrl(text: string): Result<string, string> {
  const form = "amqp://user:password@host:5672/virtual-host, or amqps:// for TLS";
  const isOne = URL.canParse(text) && ["amqp:", "amqps:"].includes(new URL(text).protocol) && new URL(text).hostname !== "";
  return isOne ? ok(text) : err(`what is given (not shown, it is secret) has not the form ${form}`);
}
