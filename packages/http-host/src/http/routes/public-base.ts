import type { FastifyRequest } from "fastify";

/** As the caller reached the service, unless a setting says how others do; the gate has looked at the host. */
export function publicBase({ headers, protocol }: FastifyRequest, publicUrl: string | null): string {
  return publicUrl ?? `${protocol}://${headers.host}`;
}
