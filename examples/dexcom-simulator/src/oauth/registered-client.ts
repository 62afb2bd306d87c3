/** An application that the vendor knows. */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Compared letter by letter. */
  readonly redirectUris: readonly string[];
}

export const DEFAULT_CLIENT: RegisteredClient = {
  clientId: "simulator-client",
  clientSecret: "simulator-secret",
  redirectUris: ["http://localhost:5001/api/oauth/dexcom/callback"],
};
