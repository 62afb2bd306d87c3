/** What the `account-id` header wants since version 4.11 of the app: the SHA-256 of the user's id, in hexadecimal. */
export async function accountIdOf(userId: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(userId));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
