import type { Name } from "./people.ts";

/** How a name may be written into a path, and whom it then means; `null`: nobody. */
export const WRITINGS: readonly ((name: Name) => readonly [written: string, means: string | null])[] = [
  (name) => [encodeURIComponent(name), name],
  (name) => [name, name],
  (name) => [[...name].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(""), name],
  (name) => [`%2561${name.slice(1)}`, null],
  (name) => [`${name}%00`, null],
  (name) => [`${name}%2f..%2fbert`, null],
  (name) => [`..%2f${name}`, null],
  (name) => [`${name}%20`, null],
  (name) => [`${name}%E2%80%8B`, null],
  (name) => [`${name}%EF%BC%8E`, null],
  (name) => [`${name};bert`, null],
  (name) => [`${name}%2fbert`, null],
  () => ["nobody", "nobody"],
];

/** Other ways to the path of `bait`, past a name that is the caller's own perhaps. */
export const waysAround: readonly ((path: string, name: Name, bait: Name) => string)[] = [
  (path, name) => path.replace(/^(\/\w+(?:\/[\w-]+)?)\//, `$1/${name}/../`),
  (path, name) => path.replace(/^(\/\w+(?:\/[\w-]+)?)\//, `$1/${name}/%2e%2e/`),
  (path, name) => path.replace(/^(\/\w+(?:\/[\w-]+)?)\//, `$1/${name}%2f..%2f`),
  (path) => `/.${path}`,
  (path) => `/docs/..${path}`,
  (path) => `/docs/static/%2e%2e/%2e%2e${path}`,
  (path) => `/${path}`,
  (path) => path.replaceAll("/", "//"),
  (path) => path.replace(/^\/\w+/, (first) => first.toUpperCase()),
  (path) => path.replace(/\?|$/, (end) => `/${end}`),
  (path) => path.replace(/\?|$/, (end) => `/.${end}`),
  (path) => path.replace(/\?|$/, (end) => `%2f${end}`),
  (path) => path.replace(/\?|$/, (end) => `;jsessionid=1${end}`),
  (path) => path.replace(/\?|$/, (end) => `%3f${end}`),
  (path) => path.replace(/\?|$/, (end) => `%00${end}`),
  (path) => path.replaceAll("/", "\\").replace("\\", "/"),
  (path) => path.replaceAll("/", "%2f").replace("%2f", "/"),
  (path) => `http://elsewhere.example${path}`,
  (path) => `http://localhost${path}`,
  (path) => `${path}#`,
  (path, _, bait) => `${path}${path.includes("?") ? "&" : "?"}userId=${bait}&user=${bait}`,
  (path, name, bait) => path.replace(encodeURIComponent(bait), `${name},${bait}`),
  (path, name, bait) => path.replace(encodeURIComponent(bait), `${name}/${bait}`),
  (path, name, bait) => path.replace(encodeURIComponent(bait), `${name}&${bait}`),
];

/** Those whose name stands in such a path, and who may be meant by it. */
export function isWayOf(person: Name, name: Name, bait: Name): boolean {
  return person === name || person === bait;
}
