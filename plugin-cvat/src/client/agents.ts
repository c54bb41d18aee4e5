/** Calls of the agents' protocol: functions of CVAT whose requests the plugin answers (contract section 7). */
import { type HttpReply, NoAnswer } from '@suggestive/shared/http'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import type { Call, Caller } from './call.ts'
import type { Authorization } from './credentials.ts'
import type { NewShape } from './wire.ts'

/** Somebody waits in the editor, or annotates whole tasks. */
export const categories = ['interactive', 'batch'] as const
export type Category = (typeof categories)[number]

/** What a function draws: `any` leaves it open. */
export interface FunctionLabel {
  readonly name: string
  readonly type: string
}

/** A function of the server. */
export interface AgentFunction {
  readonly id: number
  readonly name: string
  /** Agents may answer for it, and it finds shapes in images. */
  readonly isDetector: boolean
  readonly labels: readonly FunctionLabel[]
}

/** A request that was given to the agent. */
export interface Assignment {
  readonly id: string
  /** What is wanted; not looked at yet. */
  readonly parameters: unknown
}

/** An agent at the queue of a function. */
export interface Seat {
  /** Id of the function. */
  readonly function: number
  /** Chosen by the agent, anew at each start. */
  readonly agent: string
}

export type AgentCalls = ReturnType<typeof agentCalls>

const provider = 'native'
const kind = 'detector'
/** Shapes of a whole task. */
const completionMs = 120_000

const told = z
  .looseObject({
    id: z.int(),
    name: z.string(),
    provider: z.string(),
    kind: z.string(),
    labels_v2: z
      .array(z.looseObject({ name: z.string(), type: z.string().default('any') }))
      .default([]),
  })
  .transform(
    (one): AgentFunction => ({
      id: one.id,
      name: one.name,
      isDetector: one.provider === provider && one.kind === kind,
      // Servers that do not keep the type say so.
      labels: one.labels_v2.map(({ name, type }) => ({
        name,
        type: type === 'unknown' ? 'any' : type,
      })),
    }),
  )

const acquired = z.looseObject({
  ar_assignment: z.looseObject({ ar_id: z.string().min(1), ar_params: z.unknown() }).nullable(),
})

export interface AgentReach {
  /** Of CVAT, with the prefix that it may have. */
  readonly address: string
  readonly authorization: Authorization
  readonly organization: string | undefined
}

/** Failures are Problems: `not-found` for a function or request that is gone, `conflict` for one that another has. */
export function agentCalls(caller: Caller, reach: AgentReach) {
  const { raw, done, json, deleted, refused } = caller

  function about({ function: id, agent }: Seat, request: string, step: string, fields: object) {
    return {
      method: 'POST',
      path: `${queueOf(id)}/requests/${encodeURIComponent(request)}/${step}`,
      body: { agent_id: agent, ...fields },
      what: `request ${request} of the function ${id}`,
    } as const satisfies Call
  }

  return {
    /** Visible to its owner, in an organisation to its members. Never repeated by itself. @throws Problem `not-found` on a server without agents */
    async addFunction(
      name: string,
      labels: readonly FunctionLabel[],
      signal: AbortSignal,
    ): Promise<AgentFunction> {
      // Servers from before types of labels take labels without one.
      const labels_v2 = labels.map((label) =>
        label.type === 'any'
          ? { name: label.name, attributes: [] }
          : { name: label.name, type: label.type, attributes: [] },
      )
      const body = { provider, name, visibility: 'private', kind, labels_v2 }
      const call = { method: 'POST', path: 'functions', body, what: 'functions' } as const
      return json(call, told, signal)
    },

    /** Undefined when there is none with this id. */
    async functionWith(id: number, signal: AbortSignal): Promise<AgentFunction | undefined> {
      const call = { method: 'GET', path: `functions/${id}`, what: `function ${id}` } as const
      try {
        return await json(call, told, signal)
      } catch (error) {
        if (error instanceof Problem && error.kind === 'not-found') return undefined
        throw error
      }
    },

    /** Undefined when the server does not list them: the official client never asks for a list. */
    async functions(signal: AbortSignal): Promise<readonly AgentFunction[] | undefined> {
      const call = { method: 'GET', path: 'functions', what: 'functions' } as const
      const reply = await raw(call, signal)
      if (reply.status === 404 || reply.status === 405) return undefined
      return caller.all(call, told, signal)
    },

    /** Also one that is gone already. */
    removeFunction: (id: number, signal: AbortSignal): Promise<void> =>
      deleted(`functions/${id}`, `function ${id}`, signal),

    /** The oldest request that nobody has; undefined when there is none. */
    async acquire(
      { function: id, agent }: Seat,
      category: Category,
      signal: AbortSignal,
    ): Promise<Assignment | undefined> {
      const call = {
        method: 'POST',
        path: `${queueOf(id)}/requests/acquire`,
        body: { agent_id: agent, request_category: category },
        what: `requests for the function ${id}`,
        // What was given to the agent without its knowledge, CVAT gives again later.
        isRepeatable: true,
      } as const
      const { ar_assignment: given } = await json(call, acquired, signal)
      return given === null ? undefined : { id: given.ar_id, parameters: given.ar_params }
    },

    /** Says that the agent is at work. @param progress 0..1 */
    async progress(seat: Seat, request: string, progress: number, signal: AbortSignal) {
      const call = about(seat, request, 'update', { progress })
      await done({ ...call, isRepeatable: true }, signal)
    },

    /**
     * The server stores the shapes, or shows them. Never repeated by itself: it may be, but after a lost reply the
     * server knows of no such request any more.
     */
    async complete(seat: Seat, request: string, shapes: readonly NewShape[], signal: AbortSignal) {
      const call = about(seat, request, 'complete', { annotations: { tags: [], shapes } })
      await done({ ...call, timeoutMs: completionMs }, signal)
    },

    /** @param sentence is shown to whoever has asked */
    async fail(seat: Seat, request: string, sentence: string, signal: AbortSignal) {
      const call = about(seat, request, 'fail', { exc_info: sentence })
      await done({ ...call, isRepeatable: true }, signal)
    },

    /** The bytes of an event stream, which stays open until one side ends it. It carries hints only. */
    async watch(id: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
      const what = `events of the function ${id}`
      const url = new URL(`api/${queueOf(id)}/watch`, reach.address.replace(/\/*$/, '/'))
      const headers = {
        Accept: 'text/event-stream',
        Authorization: reach.authorization.header(),
        ...(reach.organization === undefined ? {} : { 'X-Organization': reach.organization }),
      }
      const reply = await fetch(url, { headers, redirect: 'error', signal }).catch(() => undefined)
      if (reply === undefined) {
        throw new NoAnswer('tool-failed', `CVAT does not answer for the ${what}.`)
      }
      if (reply.status !== 200 || reply.body === null) {
        throw refused(await whole(reply, url), what)
      }
      return reply.body
    },
  }

  async function whole(reply: Response, url: URL): Promise<HttpReply> {
    const bytes = new Uint8Array(await reply.arrayBuffer().catch(() => new ArrayBuffer(0)))
    const [type = ''] = (reply.headers.get('content-type') ?? '').split(';')
    return { status: reply.status, type: type.trim().toLowerCase(), bytes, url }
  }
}

const queueOf = (id: number): string => `functions/queues/function:${id}`
