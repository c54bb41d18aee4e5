/** Events of a server's stream (the HTML standard's "server-sent events"), from bytes. */

export type StreamEvent =
  | { readonly type: string; readonly data: string }
  /** The server asks for this pause before the next connection. */
  | { readonly retryMs: number }

/** Longer lines no event has. */
const mostCharacters = 1_000_000

/** Comments, which keep a connection alive, are left out; so is an event that breaks off. */
export async function* eventsOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let [type, data] = ['', '']
  for await (const line of linesOf(stream)) {
    if (line === '') {
      if (type !== '' || data !== '') yield { type, data: data.replace(/\n$/, '') }
      ;[type, data] = ['', '']
      continue
    }
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (name === 'event') type = value
    else if (name === 'data') data += `${value}\n`
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) yield { retryMs: Number(value) }
  }
}

/** Lines end with `\n`, `\r\n` or `\r`, which may come in different pieces. */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of stream) {
    rest += decoder.decode(bytes, { stream: true })
    // A last `\r` may be half of an end.
    const parts = rest.split(/\r\n|\n|\r(?!$)/)
    rest = parts.pop() ?? ''
    if (rest.length > mostCharacters) throw new Error('a line of the event stream has no end')
    yield* parts
  }
}
