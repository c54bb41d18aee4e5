/** What happened on the real server between the exchanges that were recorded. */
import { encodePng } from '../../bench/png.ts'
import type { FakeCvat } from '../cvat.ts'
import type { RecordedNuclio } from './recorded-nuclio.ts'

/** Frames of the recordings. */
const width = 32
const height = 24

function picture(seed: number): Buffer {
  const values = Array.from({ length: width * height }, (_, i) => (i * (seed + 3)) % 251)
  return Buffer.from(encodePng(width, height, 1, Uint8Array.from(values)))
}

/** Sends as the administrator. */
async function send(fake: FakeCvat, method: string, path: string, body?: object) {
  const reply = await fetch(`${fake.address}${path}`, {
    method,
    headers: {
      Authorization: `Token ${fake.admin.token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return reply.text()
}

/** Waits until no task is being made. */
async function made(fake: FakeCvat): Promise<void> {
  const isBusy = () => [...fake.state.requests.values()].some(({ status }) => status === 'queued')
  while (isBusy()) await new Promise((resolve) => setImmediate(resolve))
}

/** Forms by the name of the exchange that sent them. */
export function formOf(name: string): FormData | undefined {
  const form = new FormData()
  const files = (...names: string[]) => {
    for (const [i, file] of names.entries()) {
      const bytes = new Uint8Array(picture(Number(/\d/.exec(file)?.[0] ?? 7)))
      form.append(`client_files[${i}]`, new Blob([bytes], { type: 'image/png' }), file)
    }
    return form
  }
  form.append('image_quality', '90')
  switch (name) {
    case 'task_data_upload':
      form.append('sorting_method', 'predefined')
      return files(...[3, 0, 5, 1, 4, 2].map((i) => `img_${i}.png`))
    case 'client_upload_order':
      form.append('sorting_method', 'predefined')
      for (const [i, j] of [2, 0, 1].entries()) {
        form.append(`upload_file_order[${i}]`, `img_${j}.png`)
      }
      return files('img_0.png', 'img_1.png', 'img_2.png')
    case 'client_job_file_mapping_multipart':
      form.append('job_file_mapping[0][0]', 'img_1.png')
      form.append('job_file_mapping[1][0]', 'img_0.png')
      return files('img_0.png', 'img_1.png')
    case 'upload_multiple':
      return files('p.png', 'q.png')
    default:
      return undefined
  }
}

type Scene = (fake: FakeCvat, nuclio: RecordedNuclio) => unknown

const assign = (fake: FakeCvat, job: number, assignee: number | null) =>
  send(fake, 'PATCH', `/api/jobs/${job}`, { assignee })

const newTask = (fake: FakeCvat, name: string, more: object = {}) =>
  send(fake, 'POST', '/api/tasks', { name, project_id: 1, ...more })

const shareData = (files: readonly string[], more: object = {}) => ({
  image_quality: 90,
  server_files: files.map((file) => `pool/${file}.png`),
  use_cache: true,
  ...more,
})

const automatic = async (fake: FakeCvat, body: object) => {
  await send(fake, 'POST', '/api/lambda/requests', body)
  await automaticDone(fake)
}

const automaticDone = async (fake: FakeCvat) => {
  while (/"status":"(queued|started)"/.test(await send(fake, 'GET', '/api/lambda/requests'))) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Played before the exchange of this name. */
export const scenes: Readonly<Record<string, Scene>> = {
  request_create_task: made,
  webhook_deliveries: (fake) => fake.settled(),
  annotator_jobs_before_assign: async (fake, nuclio) => {
    fake.state.nuclio = { address: await nuclio.open(), invoke: 'dashboard' }
    await automatic(fake, { function: 'suggest.fcn', task: 1, job: 2 })
  },
  annotator_jobs_after_assign: async (fake) => {
    await assign(fake, 5, 2)
    await assign(fake, 3, 2)
  },
  jobs_page_size_huge: async (fake) => {
    await assign(fake, 3, null)
    await assign(fake, 5, null)
    await send(fake, 'PATCH', '/api/jobs/6', { state: 'new' })
  },
  share_list: (fake) => {
    for (let i = 0; i < 5; i++) fake.share.set(`pool/s${i}.png`, picture(i))
  },
  round_task_data_share_predefined: async (fake) => {
    const mapped = { sorting_method: 'predefined', job_file_mapping: [['pool/s0.png']] }
    await send(fake, 'POST', '/api/tasks/2/data', shareData(['s0'], mapped))
    await made(fake)
    await newTask(fake, '[R002] suggested batch', { segment_size: 3 })
  },
  client_upload_order: async (fake) => {
    await made(fake)
    await newTask(fake, '[R003]')
  },
  request_client_upload_order: made,
  request_create_task_failed: async (fake) => {
    await newTask(fake, 'bad')
    await send(fake, 'POST', '/api/tasks/5/data', shareData(['none']))
    await made(fake)
  },
  round_task_data_share_mapping: (fake) => newTask(fake, '[R004] mapped', { subset: 'round-004' }),
  request_round_task: made,
  client_job_file_mapping_multipart: (fake) => newTask(fake, 'client mapped'),
  upload_start: async (fake) => {
    await made(fake)
    await newTask(fake, 'in pieces')
  },
  org_create: made,
  org_worker_jobs_after: async (fake) => {
    await send(fake, 'POST', '/api/tasks/9/data', shareData(['s0', 's1']))
    await made(fake)
    await assign(fake, 18, 2)
  },
  jobs_filter_in: async (fake) => {
    const project = fake.addProject('scale')
    const images = [0, 1, 2, 3].map((i) => ({ name: `pool300/${i}.png`, bytes: picture(i) }))
    fake.addTask(project, images, { name: 'pool300', segmentSize: 1 })
    for (const job of [19, 20, 21]) await assign(fake, job, 2)
  },
  lambda_functions: async (fake, nuclio) => {
    fake.state.nuclio = { address: await nuclio.open(), invoke: 'dashboard' }
  },
  lambda_online_detector_direct: async (fake, nuclio) => {
    fake.state.nuclio = { address: await nuclio.open(), invoke: 'direct' }
  },
  lambda_request_job: async (fake, nuclio) => {
    nuclio.mode = 'unavailable'
    await automatic(fake, { function: 'suggest.fcn', task: 1, job: 2 })
    nuclio.mode = 'trained'
    // Others had drawn and deleted meanwhile.
    while (fake.state.id('shape') < 13);
  },
  lambda_request_status: automaticDone,
  lambda_request_task: (_, nuclio) => {
    nuclio.gate = new Promise((resolve) => {
      release = resolve
    })
  },
  lambda_requests_list: async (fake) => {
    release()
    await automaticDone(fake)
  },
  lambda_untrained_online_503: (_, nuclio) => {
    nuclio.mode = 'unavailable'
  },
  lambda_untrained_batch_503: (fake) =>
    automatic(fake, { function: 'suggest.fcn', task: 1, job: 4 }),
  lambda_untrained_online_200: (_, nuclio) => {
    nuclio.mode = 'untrained'
  },
  lambda_untrained_batch_200: (fake) =>
    automatic(fake, { function: 'suggest.fcn', task: 1, job: 4 }),
  webhook_redeliver: async (fake) => {
    await send(fake, 'PATCH', '/api/jobs/4', { state: 'in progress' })
    await send(fake, 'PATCH', '/api/tasks/6', { assignee_id: 2 })
    await fake.settled()
  },
}

let release: () => void = () => undefined
