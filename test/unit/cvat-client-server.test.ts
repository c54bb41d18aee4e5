/** The client and the codec against a whole CVAT. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, type ClientOptions, createClient } from '@suggestive/plugin-cvat/client'
import { labelOfFrame } from '@suggestive/plugin-cvat/codec'
import { classesOf } from '@suggestive/plugin-cvat/codec/classes'
import { digestOfShape } from '@suggestive/plugin-cvat/codec/digest'
import { prelabelUse } from '@suggestive/plugin-cvat/codec/provenance'
import { shapesFor } from '@suggestive/plugin-cvat/codec/shapes'
import { createImages } from '@suggestive/plugin-cvat/images'
import { runsOf } from '@suggestive/shared/mask'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { hollowPng } from '../support/png.ts'
import { problemOf } from '../support/problems.ts'

const never = new AbortController().signal
const size = { width: 12, height: 9 }
/** Equal in size, different in bytes. */
const pictures = Array.from({ length: 12 }, (_, i) => ({
  name: `img_${(7 * i) % 12}.png`,
  bytes: Buffer.concat([hollowPng(size.width, size.height), Buffer.from(`no ${i}`)]),
}))

let fake: FakeCvat
let project: number
let client: Client
beforeEach(async () => {
  fake = await openFakeCvat({ queuedPolls: 2 })
  project = fake.addProject('glands', [{ name: 'gland', type: 'mask' }]).id
  client = open()
})
afterEach(() => fake.close())

const open = (options: Partial<ClientOptions> = {}): Client =>
  createClient({
    address: fake.address,
    credentials: { token: fake.admin.personalToken },
    pause: async () => undefined,
    ...options,
  })

const names = async (task: number) =>
  (await client.taskMeta(task, never)).frames.map(({ name }) => name)

async function jobsOf(task: number) {
  const jobs = []
  for await (const page of client.jobs({ task, sort: 'id' }, never)) jobs.push(...page)
  return jobs
}

const upload = {
  from: 'upload',
  files: pictures.map(({ name }) => name),
  async read(name: string) {
    const found = pictures.find((picture) => picture.name === name)
    if (found === undefined) throw new Error(name)
    return found.bytes
  },
} as const

describe('the client', () => {
  it('signs in with each kind of credentials', async () => {
    const { personalToken, token, username } = fake.admin
    for (const credentials of [
      ...[{ token: personalToken }, { token }],
      { username, password: 'admin-Passw0rd' },
    ]) {
      expect((await open({ credentials }).self(never)).username).toBe('admin1')
    }
    const wrong = open({ credentials: { token: 'wrong-token-1' } })
    await problemOf('unauthorised', () => wrong.self(never))
  })

  it('makes a task of uploaded frames in their order, with the very same bytes', async () => {
    const task = await client.createTask({ name: 'pool', project, segmentSize: 1 }, upload, never)
    expect(await names(task)).toEqual(upload.files)
    const jobs = await jobsOf(task)
    expect(jobs.map(({ start_frame, stop_frame }) => [start_frame, stop_frame])).toEqual(
      pictures.map((_, i) => [i, i]),
    )
    const images = createImages(client)
    for (const [frame, { bytes }] of pictures.entries()) {
      expect(Buffer.from(await images.read(task, frame, never)).equals(bytes)).toBe(true)
    }
    // Two frames alone, then all of them at once.
    expect(fake.asked.filter(({ search }) => search.includes('type=frame')).length).toBe(2)
    expect(fake.asked.filter(({ search }) => search.includes('type=chunk')).length).toBe(1)
  })

  it('makes a task of shared files in groups', async () => {
    for (const { name, bytes } of pictures) fake.share.set(`pool/${name}`, bytes)
    const files = [...(await client.shareFiles('pool', never))].slice(0, 4).reverse()
    const groups = [files.slice(0, 3), files.slice(3)]
    const data = { from: 'share', files, groups } as const
    const task = await client.createTask({ name: '[R001]', project }, data, never)
    expect(await names(task)).toEqual(files)
    const jobs = await jobsOf(task)
    expect(jobs.map(({ start_frame, stop_frame }) => [start_frame, stop_frame])).toEqual([
      [0, 2],
      [3, 3],
    ])
    const again = await client.createTask(
      { name: '[R002]', project, segmentSize: 2 },
      { from: 'share', files },
      never,
    )
    expect(await names(again)).toEqual(files)
    expect((await jobsOf(again)).length).toBe(2)
  })

  it('leaves nothing of a task whose files are missing', async () => {
    const data = { from: 'share', files: ['pool/none.png'] } as const
    await problemOf('wrong-use', () => client.createTask({ name: 'x', project }, data, never))
    expect(await client.tasks(project, never)).toEqual([])
  })

  it('touches jobs without a change, in the order of the list by date', async () => {
    const task = await client.createTask({ name: 'pool', project, segmentSize: 1 }, upload, never)
    const anna = fake.addUser('anna')
    const [first, second, third] = await jobsOf(task)
    if (first === undefined || second === undefined || third === undefined) throw new Error('jobs')
    await client.users(['anna'], never)
    await client.changeJob(second.id, { assignee: anna.id }, never)
    fake.as(anna).start(second.id)
    for (const { id } of [third, second, first]) await client.touchJob(id, never)
    const after = []
    for await (const page of client.jobs({ task, sort: 'updated_date' }, never)) after.push(...page)
    expect(after.slice(-3).map(({ id }) => id)).toEqual([third.id, second.id, first.id])
    expect(await client.job(second.id, never)).toMatchObject({
      ...{ state: 'in progress', assignee: { id: anna.id } },
    })
    await problemOf('wrong-use', () => client.changeJob(first.id, { assignee: 999 }, never))
  })

  it('works in an organisation, and tells who belongs to it', async () => {
    const lab = fake.addOrganization('lab')
    fake.addMember(lab, fake.addUser('anna'), 'worker')
    const inside = open({ organization: 'lab' })
    const members = await inside.members(never)
    expect(members.map(({ user }) => user?.username).sort()).toEqual(['admin1', 'anna'])
    const own = fake.addProject('org glands', undefined, { organization: lab })
    const pages = []
    for await (const page of inside.projects(never)) pages.push(...page)
    expect(pages.map(({ id }) => id)).toEqual([own.id])
  })

  it('manages a webhook', async () => {
    const settings = {
      ...{
        target_url: 'http://127.0.0.1:1/hooks/cvat',
        project_id: project,
        secret: 'hook-secret',
      },
      ...{ enable_ssl: true, events: ['create:job', 'delete:task', 'update:job'], is_active: true },
    }
    const { id } = await client.addWebhook(settings, never)
    expect((await client.webhooks(project, never)).map((one) => one.id)).toEqual([id])
    await client.changeWebhook(id, { is_active: false }, never)
    expect((await client.webhooks(project, never))[0]?.is_active).toBe(false)
    await client.pingWebhook(id, never)
    expect((await client.deliveries(id, never)).map(({ event }) => event)).toEqual(['ping'])
    await client.deleteWebhook(id, never)
    expect(await client.webhooks(project, never)).toEqual([])
  })
})

describe('the codec', () => {
  it('sends a suggestion and reads what became of it', async () => {
    const task = await client.createTask({ name: 'pool', project, segmentSize: 1 }, upload, never)
    const classes = classesOf(await client.labels(project, never))
    const [job] = await jobsOf(task)
    if (job === undefined) throw new Error('job')
    const data = new Uint8Array(size.width * size.height).fill(1, 13, 20).fill(1, 25, 31)
    const mask = runsOf({ ...size, data })
    const options = { labels: classes.labels, frame: 0, size, shape: 'mask' } as const
    const { shapes } = shapesFor({ mask, scores: new Map([[1, 0.91]]) }, options)
    const created = await client.createShapes(job.id, shapes, never)
    const ours = created.map((shape) => ({ id: shape.id, digest: digestOfShape(shape) }))
    expect(ours.map(({ digest }) => digest)).toEqual(shapes.map(digestOfShape))

    fake.as(fake.admin).finish(job.id)
    const read = async () => {
      const { shapes: now, tracks } = await client.annotations(job.id, never)
      const context = {
        ...{ frame: 0, size, shapes: now, tracks, classes, taskKey: `${task}-0` },
        tellsStrays: true,
      }
      const { label, faults } = labelOfFrame({ job: await client.job(job.id, never), ...context })
      return { label, faults, use: prelabelUse(ours, now) }
    }
    expect(await read()).toMatchObject({
      label: { outcome: 'labelled', mask },
      faults: [],
      use: 'accepted',
    })

    const [shape] = created
    if (shape === undefined) throw new Error('shape')
    const [whole] = fake.shapes(job.id)
    if (whole === undefined) throw new Error('shape')
    fake.as(fake.admin).edit(job.id, [{ ...whole, points: [0, 12, 0, 0, 11, 0] }])
    const edited = await read()
    expect(edited.use).toBe('edited')
    expect(edited.label?.mask?.layers).toEqual([{ classId: 1, runs: [0, 12, 96] }])
    await client.deleteShapes(job.id, (await client.annotations(job.id, never)).shapes, never)
    expect(await read()).toMatchObject({ label: { outcome: 'empty' }, use: 'edited' })
  })
})
