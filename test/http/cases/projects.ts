import { expect } from '@jest/globals'
import { makeProject, newLabel, newProject } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const path = '/v1/projects'
const role = 'owner'

export const projectCases: Cases = {
  'creates a project with all defaults, and lists it': async (http) => {
    const made = await http.send({ method: 'post', path, role, body: newProject('made') })
    expect(made.status).toBe(201)
    expect(made.headers['location']).toBe('/v1/projects/made')
    expect(made.body).toMatchObject({ id: 'made', version: 1, settings: { k: 8, candidates: 16 } })
    const list = await http.send({ method: 'get', path, role: 'viewer' })
    expect(list.body.items).toContainEqual(made.body)
    const one = await http.send({ method: 'get', path: `${path}/made`, role: 'annotator' })
    expect(one.body).toEqual(made.body)
  },
  'takes the same project again without a change': async (http) => {
    const sent = { method: 'post', path, role, body: newProject('twice') } as const
    const first = await http.send(sent)
    http.now += 1000
    expect((await http.send(sent)).body).toEqual(first.body)
  },
  'refuses another project under the same id': async (http) => {
    await http.send({ method: 'post', path, role, body: newProject('taken') })
    const body = { ...newProject('taken'), name: 'Another' }
    const refused = await http.send({ method: 'post', path, role, body })
    expect(refused.status).toBe(409)
    const kept = await http.send({ method: 'get', path: `${path}/taken`, role })
    expect(kept.body.name).toBe('Project taken')
  },
  'names each wrong field of a project': async (http) => {
    const body = { ...newProject('Bad Id'), tool: 'paint', classes: [{ id: 0, name: '' }] }
    const refused = await http.send({ method: 'post', path, role, body })
    expect(refused.status).toBe(400)
    const pointers = refused.body.errors.map((one: { pointer: string }) => one.pointer)
    expect(pointers).toEqual(['/id', '/tool', '/classes/0/id', '/classes/0/name'])
    expect(refused.body.detail).toContain('/id')
  },
  'changes name, settings and pause, and tells the conductor': async (http) => {
    await makeProject(http, 'change')
    http.conductor.poked.length = 0
    const body = { name: 'New', paused: true, settings: { k: 4 } }
    const changed = await http.send({ method: 'patch', path: `${path}/change`, role, body })
    expect(changed.body).toMatchObject({ name: 'New', paused: true, settings: { k: 4, depth: 8 } })
    expect(changed.body.nextStep).toMatch(/paused/)
    expect(http.conductor.poked).toEqual(['change'])
  },
  'lets services change name and classes, nothing that owners decide': async (http) => {
    await makeProject(http, 'service')
    const classes = [...newProject('service').classes, { id: 2, name: 'debris' }]
    const patch = (body: object) =>
      http.send({ method: 'patch', path: `${path}/service`, role: 'service', body })
    expect((await patch({ name: 'New', classes })).body).toMatchObject({ name: 'New', classes })
    const ownerly = [
      ['paused', { paused: true }],
      ['settings', { name: 'X', settings: { k: 4 } }],
    ] as const
    for (const [name, change] of ownerly) {
      const refused = await patch(change)
      expect([refused.status, refused.body.errors]).toEqual([
        403,
        [{ pointer: `/${name}`, detail: expect.any(String) }],
      ])
    }
    const { body } = await http.send({ method: 'get', path: `${path}/service`, role })
    expect(body).toMatchObject({ name: 'New', paused: false, settings: { k: 8 } })
  },
  'keeps a class that labels use': async (http) => {
    await makeProject(http, 'classes')
    const labels = { labels: [newLabel('1')] }
    await http.send({ method: 'post', path: `${path}/classes/annotations`, role, body: labels })
    const body = { classes: [{ id: 2, name: 'other' }] }
    const refused = await http.send({ method: 'patch', path: `${path}/classes`, role, body })
    expect(refused.status).toBe(409)
    expect(refused.body.errors).toEqual([{ pointer: '/classes', detail: expect.any(String) }])
  },
}
