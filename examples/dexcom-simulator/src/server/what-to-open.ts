import type { RegisteredClient } from "../oauth/registered-client.ts";

/** The first thing a person who has just started the simulator reads. */
export function whatToOpen(url: string, { clientId, clientSecret, redirectUris }: RegisteredClient): string {
  return `The Dexcom simulator is ready: open ${url}. Only this machine reaches it. Stop it with Ctrl-C.
Start the service with these lines in its environment or its .env:

DEXCOM_API_BASE_URL=${url}
DEXCOM_CLIENT_ID=${clientId}
DEXCOM_CLIENT_SECRET=${clientSecret}
DEXCOM_REDIRECT_URI=${redirectUris[0] ?? ""}
`;
}
