/** The slice of `fetch` that a client of the vendor needs; the global `fetch` fits, and so does a cloud that lives in this process. */
export type VendorFetch = (url: string, request: VendorRequest) => Promise<VendorResponse>;

export interface VendorRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  /** A form, `application/x-www-form-urlencoded`. */
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface VendorResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}
