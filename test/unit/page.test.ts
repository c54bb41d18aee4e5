/** The page: what it says first, that foreign text stays text, and who has to sign in. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { newProject, type ProjectView } from '@suggestive/shared/protocol/project'
import type { RoundView } from '@suggestive/shared/protocol/round'
import { createAccess } from '@suggestive/sidecar/http/access'
import { renderPage } from '@suggestive/sidecar/page/render'
import { pageRoutes } from '@suggestive/sidecar/page/routes'
import { script } from '@suggestive/sidecar/page/script'
import type { PageState, ShownProject } from '@suggestive/sidecar/page/state'
import { openStore, type SqliteStore } from '@suggestive/sidecar/store/sqlite-store'
import express from 'express'
import request from 'supertest'
import { openFolder, type TestFolder } from '../support/folders.ts'

const evil = `<img src=x onerror="alert('1')">`
const at = '2026-01-02T03:04:05.000Z'

const project: ProjectView = {
  ...newProject.parse({ id: 'p', name: evil, tool: 'none', classes: [{ id: 1, name: evil }] }),
  toolProject: null,
  paused: false,
  createdAt: at,
  version: 1,
  counts: {
    tasks: 20,
    images: 19,
    labelled: 6,
    empty: 1,
    skipped: 0,
    inProgress: 2,
    beforeConnection: 0,
  },
  round: 2,
  modelDigest: null,
  queueRevision: 3,
  nextStep: evil,
}

const round: RoundView = {
  number: 2,
  state: 'training',
  reason: 'labels',
  startedAt: at,
  finishedAt: null,
  images: 6,
  members: 4,
  membersTrained: 1,
  pool: 14,
  scored: 0,
  modelDigest: null,
  queueRevision: null,
  heldOutDice: null,
  computeSeconds: 0,
  profile: 'quick',
  engine: null,
  seed: 1,
  settings: { k: 8, candidates: 16, depth: 8, scoreMinutes: 10, scale: null },
  warnings: [evil],
  failure: null,
}

const row = {
  rank: 1,
  taskKey: evil,
  imageDigest: null,
  batch: 1,
  gain: 1,
  uncertainty: 0.0123,
  represents: 4,
  name: evil,
  url: 'http://127.0.0.1:8080/tasks/1?a=1&b="2"',
}

const shown: ShownProject = {
  project,
  round,
  queue: {
    revision: 3,
    publishedAt: at,
    origin: 'cold-start',
    round: null,
    modelDigest: null,
    length: 14,
    published: 8,
  },
  rows: [row, { ...row, rank: 2, url: 'javascript:alert(1)', uncertainty: null, represents: null }],
  receipt: { revision: 2, outcome: 'drifted', applied: 1, untouched: 0, detail: evil, at },
}

const full: PageState = {
  projects: [shown],
  problems: [
    {
      key: 'k',
      project: 'p',
      sentence: evil,
      remedy: evil,
      url: 'javascript:alert(2)',
      raisedAt: at,
    },
  ],
  eventId: 7,
}

const open = { name: 'this machine', role: 'owner', isOpen: true }
const address = 'http://127.0.0.1:8470'

describe('the page', () => {
  it('says that the time for scores was not enough, and what was labelled before', () => {
    const ended = { ...round, state: 'finished', finishedAt: at, scored: 9 } as const
    const counts = { ...project.counts, beforeConnection: 4 }
    const one = { ...shown, project: { ...project, counts }, round: ended }
    const page = renderPage({ ...full, projects: [one] }, open, '1.0.0', address)
    expect(page).toContain('<dd>9<small>of 14 images, the limit is 10 minutes</small>')
    expect(page).toContain('<dd>4<small>taken in, cost unknown</small>')
  })

  it('says what to do first when there is no project', () => {
    const page = renderPage({ projects: [], problems: [], eventId: 0 }, open, '1.0.0', address)
    expect(page).toContain('No project yet')
    expect(page).toContain(`curl ${address}/v1/projects`)
    expect(page).not.toContain('Bearer')
    const signedIn = { ...open, isOpen: false }
    const other = renderPage({ projects: [], problems: [], eventId: 0 }, signedIn, '1.0.0', address)
    expect(other).toContain('Authorization: Bearer $TOKEN')
  })

  it('shows the round, the queue, problems and the next step', () => {
    const page = renderPage(full, open, '1.0.0', address)
    expect(page).toContain('<progress data-project="p" value="0.250" max="1"')
    expect(page).toContain('training, 1 of 4 networks are done')
    expect(page).toContain(
      'The first 2 of 14; in the order in which they represent all images best.',
    )
    expect(page).toContain('<dt>Scored</dt><dd>0<small>of 14 images</small>')
    expect(page).toContain('<dt>Before connection</dt><dd>0<small>none was labelled then</small>')
    expect(page).toContain('One problem')
    expect(page).toContain('drifted')
    expect(page).toContain('0.0123')
    expect(page).toContain('data-event="7"')
  })

  it('shows text of tools and people as text, and links to web pages only', () => {
    const page = renderPage(full, { ...open, name: evil, isOpen: false }, '1.0.0', address)
    expect(page).not.toContain('<img')
    expect(page.split('&lt;img').length).toBeGreaterThan(7)
    expect(page).not.toContain('href="javascript')
    expect(page).toContain('href="http://127.0.0.1:8080/tasks/1?a=1&amp;b=&quot;2&quot;"')
  })

  it('needs nothing inline and nothing from elsewhere', () => {
    const page = renderPage(full, open, '1.0.0', address)
    expect(page).not.toMatch(/<script(?! src="\/page\.js")|<style|\sstyle=|\son\w+="/)
    const loaded = [...page.matchAll(/(?:src|<link[^>]* href)="([^"]*)"/g)].map(([, url]) => url)
    expect(loaded).toEqual(['data:,', '/page.css', '/page.js'])
    expect(script).not.toMatch(/https?:\/\/(?!')|eval|innerHTML\s*=[^=]/)
  })

  it('has a name for everything that a screen reader stops at', () => {
    const page = renderPage(full, open, '1.0.0', address)
    const ids = [...page.matchAll(/aria-labelledby="([^"]*)"/g)].map(([, id]) => id)
    expect(ids.length).toBeGreaterThan(2)
    for (const id of ids) expect(page).toContain(`id="${id}"`)
    expect(page).toMatch(/<progress[^>]* aria-label="/)
    expect(page).toContain('<html lang="en">')
  })
})

describe('the routes of the page', () => {
  const token = 'x'.repeat(32)
  let folder: TestFolder
  let store: SqliteStore

  beforeEach(async () => {
    folder = openFolder()
    store = await openStore(join(folder.path, 'suggest.db'))
  })
  afterEach(async () => {
    await store.close()
    folder.remove()
  })

  function pages(tokens: { role: 'viewer'; name: string; token: string }[]) {
    const access = createAccess({ tokens, clock: { now: () => 0 } })
    const isOpen = tokens.length === 0
    const viewOf = async (record: object) => ({ ...project, ...record, nextStep: 'Wait.' })
    const app = express()
    app.use(pageRoutes({ store, access, isOpen, viewOf, version: '1.0.0' }))
    return request(app)
  }

  it('show the projects of the store under a strict policy', async () => {
    await store.createProject(
      newProject.parse({ id: 'q', name: 'Nuclei', tool: 'none', classes: [{ id: 1, name: 'x' }] }),
      0,
    )
    const { status, text, headers } = await pages([]).get('/')
    expect([status, text.includes('>Nuclei</h2>')]).toEqual([200, true])
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';script-src 'self';/)
    expect(headers['cache-control']).toBe('no-store')
  })

  it('send the style and the script as what they are', async () => {
    const style = await pages([]).get('/page.css')
    expect([style.status, style.type]).toEqual([200, 'text/css'])
    const code = await pages([]).get('/page.js')
    expect([code.status, code.text]).toEqual([200, script])
    expect(code.type).toMatch(/javascript/)
  })

  it('ask for a token where there are tokens', async () => {
    await store.createProject(
      newProject.parse({ id: 'q', name: 'Nuclei', tool: 'none', classes: [{ id: 1, name: 'x' }] }),
      0,
    )
    const tokens = [{ role: 'viewer' as const, name: 'vera', token }]
    const stranger = await pages(tokens).get('/')
    expect(stranger.text).toContain('id="sign-in"')
    expect(stranger.text).not.toContain('Nuclei')
    const ended = await pages(tokens).get('/').set('Cookie', 'suggest_session=old')
    expect(ended.text).toContain('id="sign-in"')
    const known = await pages(tokens).get('/').set('Authorization', `Bearer ${token}`)
    expect(known.text).toContain('vera (viewer)')
  })

  it('refuse a name that is not this machine', async () => {
    const { status, text } = await pages([]).get('/').set('Host', 'evil.example')
    expect([status, text]).toEqual([403, expect.stringMatching(/^The host evil\.example is not/)])
  })
})
