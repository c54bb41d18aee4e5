/** Refusals of Label Studio as Problems that an administrator of it understands. */
import type { HttpReply } from '@suggestive/shared/http'
import { Problem, type ProblemKind } from '@suggestive/shared/problem'

/** Characters of a reply that a message may quote. */
const mostQuoted = 300

/** What its own message says, in one line. */
export function quoteOf({ type, bytes }: HttpReply): string {
  const text = Buffer.from(bytes.subarray(0, 4000)).toString('utf8')
  if (type.includes('html')) return 'an HTML page'
  const detail = /"(?:detail|error)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  const line = (detail ?? text).replace(/\p{Cc}+|\s+/gu, ' ').trim()
  if (line === '') return 'no message'
  return line.length > mostQuoted ? `${line.slice(0, mostQuoted)}...` : line
}

/**
 * @param what the thing that was asked for, e.g. `project 6`
 * @param clean takes secrets out
 */
export function refusal(
  reply: HttpReply,
  what: string,
  isPersonal: boolean,
  clean: (text: string) => string,
): Problem {
  const [kind, sentence] = sentenceOf(reply.status, quoteOf(reply), what, isPersonal)
  return new Problem(kind, clean(sentence))
}

function sentenceOf(
  status: number,
  said: string,
  what: string,
  isPersonal: boolean,
): readonly [ProblemKind, string] {
  if (status === 401) return ['unauthorised', unauthorised(said, isPersonal)]
  if (status === 403) {
    return [
      'forbidden',
      `Label Studio does not let this account at ${what} ("${said}"): use the token of an account that may edit the project.`,
    ]
  }
  if (status === 404) {
    return ['not-found', `Label Studio has no ${what} ("${said}"): see whether it was deleted.`]
  }
  if (status === 413) {
    return [
      'too-large',
      `A server before Label Studio refuses so large a request for ${what}: raise its limit for bodies (nginx: client_max_body_size 100m).`,
    ]
  }
  if (status === 429) {
    return ['too-many-requests', `Label Studio asks to slow down (${what}): try again later.`]
  }
  if (status >= 500) {
    return [
      'tool-failed',
      `Label Studio failed with status ${status} at ${what} ("${said}"): look into its log.`,
    ]
  }
  return ['tool-failed', `Label Studio refuses ${what} with status ${status}: "${said}".`]
}

function unauthorised(said: string, isPersonal: boolean): string {
  if (/legacy token authentication has been disabled/i.test(said)) {
    return 'Label Studio has legacy tokens switched off: configure a personal access token (Account & Settings, Personal Access Token), or allow legacy tokens in the organization settings.'
  }
  if (/blacklisted/i.test(said)) {
    return 'The personal access token was revoked in Label Studio: create a new one (Account & Settings, Personal Access Token) and configure it.'
  }
  return isPersonal
    ? `Label Studio does not accept the personal access token ("${said}"): create a new one (Account & Settings, Personal Access Token) and configure it whole.`
    : `Label Studio does not accept the token ("${said}"): configure a personal access token (Account & Settings, Personal Access Token).`
}
