/** People who annotate in a real Label Studio: the requests that its page makes for them. */
import { type Session, signUp } from '@suggestive/sidecar/cli/label-studio/session'
import { z } from 'zod'

const region = z.looseObject({ id: z.string(), type: z.string(), value: z.looseObject({}) })
const prediction = z.looseObject({
  id: z.number(),
  model_version: z.string().nullable(),
  result: z.array(region),
})
const opened = z.looseObject({
  id: z.number(),
  data: z.looseObject({ image: z.string() }),
  predictions: z.array(prediction),
  /** The rule that chose it, in Label Studio's words. */
  queue: z.string().nullish(),
})

export type Opened = z.infer<typeof opened>

export interface Work {
  readonly result: readonly object[]
  readonly seconds: number
  /** Id of the prediction that the editor started with. */
  readonly prelabel?: number | undefined
}

export interface Annotator {
  readonly name: string
  /** In Label Studio. */
  readonly id: number
  readonly session: Session
  /** What the button Label All Tasks and each submission ask for; undefined when nothing is left. */
  next(project: number): Promise<Opened | undefined>
  submit(project: number, task: number, work: Work): Promise<void>
  skip(project: number, task: number, seconds: number): Promise<void>
  draft(project: number, task: number, work: Work): Promise<void>
}

/** A new user, by the organisation's invitation. */
export async function addAnnotator(inviter: Session, name: string): Promise<Annotator> {
  const password = `password of ${name}`
  const session = await signUp(inviter, { email: `${name}@example.com`, password })
  const user = z.looseObject({ id: z.number() })
  const { id } = await session.ask(user, 'GET', '/api/current-user/whoami')
  const send = async (path: string, body: object) => {
    await session.ask(z.unknown(), 'POST', path, body)
  }
  const annotations = (project: number, task: number) =>
    `/api/tasks/${task}/annotations/?project=${project}`
  const bodyOf = ({ result, seconds, prelabel }: Work) => ({
    result,
    lead_time: seconds,
    ...(prelabel === undefined ? {} : { parent_prediction: prelabel }),
  })
  return {
    name,
    id,
    session,
    async next(project) {
      const path = `/api/dm/actions?id=next_task&project=${project}`
      const { status, text } = await session.send('POST', path, { project: String(project) })
      if (status === 404) return undefined
      if (status !== 200) throw new Error(`The next task of ${name}: ${status} ${text}`)
      return opened.parse(JSON.parse(text))
    },
    submit: (project, task, work) => send(annotations(project, task), bodyOf(work)),
    skip: (project, task, seconds) =>
      send(annotations(project, task), { result: [], was_cancelled: true, lead_time: seconds }),
    draft: (project, task, work) =>
      send(`/api/tasks/${task}/drafts?project=${project}`, bodyOf(work)),
  }
}
