/** A `fetch` whose answers fail to be read beyond so many bytes: an endless one must not use up the memory of everybody else's readings. */
export function createLimitedFetch(send: typeof fetch, longestBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.body === null) return response;
    const limited = new Response(response.body.pipeThrough(byteLimit(longestBytes)), response);
    // A Response that is made has no address; OAuth clients compare it.
    return Object.defineProperties(limited, { url: { value: response.url }, redirected: { value: response.redirected } });
  };
}

function byteLimit(longestBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      if (bytes > longestBytes) controller.error(new Error(`the answer is longer than ${longestBytes} bytes; the rest was not read`));
      else controller.enqueue(chunk);
    },
  });
}
