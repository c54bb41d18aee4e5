import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, type ClientOptions, createClient } from '@suggestive/plugin-cvat/client'
import type { ProblemKind } from '@suggestive/shared/problem'
import { type Answer, openWire, recorded, type Wire } from '../support/cvat-wire.ts'
import { problemOf } from '../support/problems.ts'

const never = new AbortController().signal

let wire: Wire
let pauses: number[]
beforeEach(async () => {
  pauses = []
  wire = await openWire()
})
afterEach(() => wire.close())

const client = (options: Partial<ClientOptions> = {}): Client =>
  createClient({
    address: wire.address,
    credentials: { token: 'tkn-0123456789-secret' },
    async pause(ms) {
      pauses.push(ms)
    },
    ...options,
  })

describe('refusals', () => {
  it.each<[string, ProblemKind, Answer, readonly string[]]>([
    ['a job that is gone', 'not-found', recorded('job_404'), ['no job 1', 'No Job matches']],
    [
      'a job of somebody else',
      'forbidden',
      recorded('annotator_unassigned_job_403'),
      ['job 1', 'owns the project'],
    ],
    [
      'a value',
      'wrong-use',
      recorded('job_bad_state'),
      ['state: "nonsense" is not a valid choice.'],
    ],
    [
      'pitfall 21: a bare string',
      'conflict',
      { status: 409, body: 'Only one running request is allowed' },
      ['"Only one running request is allowed"'],
    ],
    [
      'a large request',
      'too-large',
      { status: 413, type: 'text/html', body: '<html>' },
      ['client_max_body_size'],
    ],
    [
      'a failing server',
      'tool-failed',
      { status: 500, type: 'text/html', body: '<html>Traceback</html>' },
      ['status 500', '"an HTML page"', 'log'],
    ],
    ['an odd status', 'tool-failed', { status: 418, body: { detail: 'Tea.' } }, ['418', '"Tea."']],
  ])('are told in words: %s', async (_, kind, answer, parts) => {
    wire.answer = () => answer
    const sentence = await problemOf(kind, () => client().job(1, never))
    for (const part of parts) expect(sentence).toContain(part)
  })

  it('have no secret of ours in them', async () => {
    wire.answer = () => ({ status: 400, body: { detail: 'Not tkn-0123456789-secret, please.' } })
    const sentence = await problemOf('wrong-use', () => client().job(1, never))
    expect(sentence).toContain('Not [secret], please.')
  })

  it('of a page for people are told as such', async () => {
    wire.answer = () => ({ type: 'text/html', body: '<html>Sign in</html>' })
    const sentence = await problemOf('tool-failed', () => client().job(1, never))
    expect(sentence).toContain('Instead of JSON for job 1 there came an HTML page')
    expect(sentence).toContain('login page or proxy')
  })
})

describe('servers of other versions', () => {
  const without = (field: string): Answer => {
    const { [field]: _, ...body } = Object(recorded('job_before').body)
    return { body }
  }

  it('are told with the field that is missing and their version', async () => {
    wire.answer = ({ path }) =>
      path === '/api/server/about' ? { body: { version: '2.4.1' } } : without('stage')
    const sentence = await problemOf('tool-failed', () => client().job(1, never))
    expect(sentence).toContain('CVAT 2.4.1 answers for job 1 without the field "stage"')
  })

  it('are told also where they do not tell their version', async () => {
    wire.answer = ({ path }) => (path === '/api/server/about' ? { status: 404 } : without('state'))
    const sentence = await problemOf('tool-failed', () => client({ attempts: 1 }).job(1, never))
    expect(sentence).toContain(
      'CVAT (of unknown version) answers for job 1 without the field "state"',
    )
  })

  it('are told within lists, without the place in the list', async () => {
    wire.answer = ({ path }) => {
      if (path === '/api/server/about') return { body: { version: '2.4.1' } }
      return { body: { count: 1, next: null, results: [without('task_id').body] } }
    }
    const sentence = await problemOf('tool-failed', async () => {
      for await (const _ of client().jobs({ project: 1 }, never));
    })
    expect(sentence).toContain('for jobs of project 1 (page 1) without the field "task_id"')
  })

  it('are told when they answer with something else', async () => {
    wire.answer = ({ path }) =>
      path === '/api/server/about' ? { body: { version: '2.4.1' } } : { body: [] }
    const sentence = await problemOf('tool-failed', () => client().job(1, never))
    expect(sentence).toContain('CVAT 2.4.1 answers for job 1 in another form')
  })

  it('may lack what is not needed: scores, parents of jobs', async () => {
    wire.answer = () => without('parent_job_id')
    expect((await client().job(1, never)).id).toBe(1)
    const [{ score: _, ...shape }] = Object(recorded('annotations_create').body).shapes
    wire.answer = () => ({ body: { version: 0, tags: [], shapes: [shape], tracks: [] } })
    expect((await client().annotations(1, never)).shapes[0]?.score).toBeUndefined()
  })
})

describe('trouble on the way', () => {
  it.each([['job'], ['touch']])('is tried again where nothing changes by it: %s', async (call) => {
    wire.replay('job_before')
    let failures = 2
    wire.answer = () => {
      if (failures-- > 0) return failures === 1 ? 'cut' : { status: 502 }
      return { body: recorded('job_before').body }
    }
    const one = client()
    const job = await (call === 'job'
      ? one.job(1, never)
      : one.touchJob(1, never, { assignee: null }))
    expect(job.id).toBe(1)
    expect(pauses.length).toBe(2)
  })

  it('waits as long as a server that is asked too often wishes', async () => {
    let refusals = 2
    wire.answer = () =>
      refusals-- > 0
        ? { status: 429, headers: { 'Retry-After': '7' }, body: { detail: 'Throttled.' } }
        : { body: recorded('annotations_empty').body }
    await client().annotations(1, never)
    expect(pauses.map((ms) => ms >= 7000)).toEqual([true, true])
  })

  it('tells of a server that is asked too often and wants minutes', async () => {
    wire.answer = () => ({ status: 429, headers: { 'Retry-After': '600' }, body: {} })
    await problemOf('too-many-requests', () => client().annotations(1, never))
    expect(wire.asked.length).toBe(1)
  })

  it('stops when it is stopped', async () => {
    const stop = new AbortController()
    wire.answer = () => {
      stop.abort()
      return { status: 503 }
    }
    await problemOf('cancelled', () => client().job(1, stop.signal))
    expect(wire.asked.length).toBe(1)
  })

  it('does not follow to other servers', async () => {
    wire.answer = () => ({
      status: 302,
      headers: { Location: 'http://elsewhere.example/api/jobs/1' },
    })
    await problemOf('forbidden', () => client().job(1, never))
  })

  it('keeps a prefix of the address', async () => {
    wire.answer = ({ path }) =>
      path === '/tools/cvat/api/jobs/1' ? { body: recorded('job_before').body } : undefined
    const one = client({ address: `${wire.address}/tools/cvat` })
    expect((await one.job(1, never)).id).toBe(1)
  })
})

describe('the link of a task', () => {
  it('is set', async () => {
    wire.answer = () => ({ body: recorded('task_rename').body })
    await client().setBugTracker(3, 'http://sidecar.example:7070/rounds/2', never)
    expect(wire.asked[0]).toMatchObject({
      ...{ method: 'PATCH', path: '/api/tasks/3' },
      body: { bug_tracker: 'http://sidecar.example:7070/rounds/2' },
    })
  })

  it('is refused when it is too long for the server', async () => {
    const url = `http://a/${'b'.repeat(2000)}`
    await problemOf('wrong-use', () => client().setBugTracker(3, url, never))
    expect(wire.asked).toEqual([])
  })
})
