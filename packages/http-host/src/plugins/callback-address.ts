import { settingName } from "@bg-ingest/core";
import { isLoopback } from "../settings/loopback.ts";
import type { Settings } from "../settings/settings-schema.ts";

/** Where browsers come back to this service after a consent. */
export interface CallbackAddress {
  /** The address for one provider; `null` while it cannot be known. */
  of(provider: string): string | null;
  /** Why a browser that is sent to `url` does not come back to this service, in words; `null` if it does. */
  whyNotOwn(provider: string, url: string): string | null;
}

export function createCallbackAddress({ publicUrl, host, port }: Pick<Settings, "publicUrl" | "host" | "port">): CallbackAddress {
  const origin = publicUrl ?? (port === 0 ? null : `http://${nameOf(host)}:${port}`);
  return {
    of: (provider) => (origin === null ? null : origin + pathOf(provider)),
    whyNotOwn(provider, text) {
      if (!URL.canParse(text)) return null;
      const url = new URL(text);
      if (url.pathname !== pathOf(provider)) return `its path is not ${pathOf(provider)}, at which the service waits for it`;
      if (url.origin === publicUrl) return null;
      if (!isLoopback(bare(url.hostname)))
        return `the service does not know itself by ${url.origin}; if that leads to it, set ${PUBLIC_URL} to it`;
      return Number(url.port || USUAL_PORT) === port ? null : `its port is not the one at which the service listens (${portInWords(port)})`;
    },
  };
}

const USUAL_PORT = 80;
const PUBLIC_URL = settingName("publicUrl");

/** The name by which the start says where the page to connect is: the cookie of a consent begun there belongs to it. */
function nameOf(host: string): string {
  if (host === "127.0.0.1") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function portInWords(port: number): string {
  return port === 0 ? "PORT is 0: any free one" : `PORT: ${port}`;
}

function pathOf(provider: string): string {
  return `/api/oauth/${provider}/callback`;
}
