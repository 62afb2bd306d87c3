/** What a server is told when it starts. */
export interface Serving {
  /** Where the store is; the people in it are asked for. */
  readonly dataDir: string;
  /** What the bare server answers, by path. */
  readonly bodies: Readonly<Record<string, string>>;
}

/** What it tells when it listens. */
export interface ListeningAt {
  readonly port: number;
}
