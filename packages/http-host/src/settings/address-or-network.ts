import { isIP } from "node:net";

/** `10.0.0.1`, `10.0.0.0/8`, `::1`, `fd00::/8`: what `BlockList` takes. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  // An address of one interface, `fe80::1%eth0`, is none that a proxy has for others.
  const family = address.includes("%") ? 0 : isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
