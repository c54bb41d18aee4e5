/** How much is in a JSON body, before anything is made of it: objects take up to thirty times the memory of their text. */

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const openings = [0x5b, 0x7b]
const closings = [0x5d, 0x7d]
/** Smaller bodies are parsed at once. */
const smallBytes = 2 ** 20
/** Lists and objects of one body, several times those of 10,000 labels: numbers take little more than their text. */
export const mostParts = 1_000_000

/**
 * What a body has too much of: items in a list of the outermost object, or lists and objects in all. Parsing cannot be
 * interrupted, and a thread that runs out of memory in there takes the process with it. Says nothing about whether it
 * is JSON.
 *
 * @returns undefined for small bodies, too
 */
export function excessOf(body: Uint8Array, mostItems: number): 'items' | 'parts' | undefined {
  if (body.length < smallBytes) return undefined
  let depth = 0
  let commas = 0
  let parts = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0
    if (byte === quote) at = endOfText(body, at)
    else if (byte === comma && depth === 2 && ++commas >= mostItems) return 'items'
    else if (byte === openings[0] || byte === openings[1]) {
      if (++parts > mostParts) return 'parts'
      if (++depth === 2) commas = 0
    } else if (byte === closings[0] || byte === closings[1]) depth--
  }
  return undefined
}

/** Position of the quote that ends the text that begins here. */
function endOfText(body: Uint8Array, start: number): number {
  let at = body.indexOf(quote, start + 1)
  while (at >= 0 && isEscaped(body, at)) at = body.indexOf(quote, at + 1)
  return at < 0 ? body.length : at
}

function isEscaped(body: Uint8Array, at: number): boolean {
  let first = at
  while (body[first - 1] === backslash) first--
  return (at - first) % 2 === 1
}
