/** What a server is told when it starts. */
export interface Serving {
  /** Where the store is, with the people in it who are asked for. */
  readonly dataDir: string;
  /** What the bare server answers, by path. */
  readonly answers: Readonly<Record<string, ReadyAnswer>>;
}

export interface ReadyAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What it tells when it listens. */
export interface ListeningAt {
  readonly port: number;
}
