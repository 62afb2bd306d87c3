/** What somebody may be allowed: `read` what is stored, `write` connections, and `admin` both for everybody, and erasing. */
export const SCOPES = ["read", "write", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
