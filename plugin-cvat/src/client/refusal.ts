/** Refusals of CVAT as Problems that an administrator of it understands. */
import type { HttpReply } from '@suggestive/shared/http'
import { Problem, type ProblemKind } from '@suggestive/shared/problem'

/** Characters of a reply that a message may quote. */
const mostQuoted = 300

/**
 * What its own message says, in one line: `{"detail": ...}`, a list or object of sentences by field, or a bare string
 * (contract section 2).
 */
export function quoteOf({ type, bytes }: HttpReply): string {
  const text = Buffer.from(bytes.subarray(0, 4000)).toString('utf8')
  if (type.includes('html')) return 'an HTML page'
  const line = (type.includes('json') ? (spoken(text) ?? text) : text)
    .replace(/\p{Cc}+|\s+/gu, ' ')
    .trim()
  if (line === '') return 'no message'
  return line.length > mostQuoted ? `${line.slice(0, mostQuoted)}...` : line
}

function spoken(text: string): string | undefined {
  try {
    return sentencesIn(JSON.parse(text)).join(' ')
  } catch {
    return undefined
  }
}

function sentencesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(sentencesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const sentences = sentencesIn(inner)
    if (key === 'detail' || key === 'non_field_errors') return sentences
    return sentences.map((sentence) => `${key}: ${sentence}`)
  })
}

/**
 * @param what the thing that was asked for, e.g. `job 6`
 * @param clean takes secrets out
 */
export function refusal(reply: HttpReply, what: string, clean: (text: string) => string): Problem {
  const [kind, sentence] = sentenceOf(reply.status, quoteOf(reply), what)
  return new Problem(kind, clean(sentence))
}

function sentenceOf(status: number, said: string, what: string): readonly [ProblemKind, string] {
  switch (status) {
    case 400:
      return ['wrong-use', `CVAT refuses ${what}: "${said}". Correct what it names.`]
    case 401:
      return [
        'unauthorised',
        `CVAT does not accept the credentials ("${said}"): create a personal access token in CVAT (user menu, Profile, Security) and configure it whole.`,
      ]
    case 403:
      return [
        'forbidden',
        `CVAT does not let this account at ${what} ("${said}"): use an account that owns the project, is assigned to it, or maintains the organisation.`,
      ]
    case 404:
      return ['not-found', `CVAT has no ${what} ("${said}"): see whether it was deleted.`]
    case 409:
      return ['conflict', `CVAT cannot do that with ${what} now ("${said}"): try again later.`]
    case 413:
      return [
        'too-large',
        `A server before CVAT refuses so large a request for ${what}: raise its limit for bodies (nginx: client_max_body_size 100m).`,
      ]
    case 429:
      return ['too-many-requests', `CVAT asks to slow down (${what}): try again later.`]
    default:
      return status >= 500
        ? [
            'tool-failed',
            `CVAT failed with status ${status} at ${what} ("${said}"): look into its log.`,
          ]
        : ['tool-failed', `CVAT refuses ${what} with status ${status}: "${said}".`]
  }
}
