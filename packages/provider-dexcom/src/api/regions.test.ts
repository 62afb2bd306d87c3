import { describe, expect, it } from "vitest";
import { parseApiAddress } from "./regions.ts";

describe("where Dexcom is", () => {
  it.each([
    ["us", "https://api.dexcom.com", "us"],
    ["eu", "https://api.dexcom.eu", "eu"],
    ["jp", "https://api.dexcom.jp", "jp"],
    ["sandbox", "https://sandbox-api.dexcom.com", "sandbox"],
    ["https://api.dexcom.eu/", "https://api.dexcom.eu", "eu"],
    ["https://gateway.example/dexcom/", "https://gateway.example/dexcom", null],
    ["http://localhost:7070", "http://localhost:7070", null],
    ["http://127.0.0.1:7070/", "http://127.0.0.1:7070", null],
    ["http://[::1]:7070", "http://[::1]:7070", null],
  ])("%s is %s", (text, baseUrl, region) => {
    expect(parseApiAddress(text)).toEqual({ baseUrl, region });
    expect(parseApiAddress(baseUrl)).toEqual({ baseUrl, region });
  });

  it.each([
    "",
    "US",
    "toString",
    "api.dexcom.com",
    "http://api.dexcom.com",
    "http://localhost.example",
    "http://127.0.0.1.example",
    "http://192.168.1.7:7070",
    "ftp://localhost",
    "https://user@api.dexcom.com",
    "https://:password@api.dexcom.com",
    "https://user:password@api.dexcom.com",
    "https://api.dexcom.com?x=1",
    "https://api.dexcom.com#x",
  ])("%j is none: no token is sent there", (text) => {
    expect(parseApiAddress(text)).toBeNull();
  });
});
