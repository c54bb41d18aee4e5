/** A Label Studio that keeps the rules of the real one (1.23.2), and can be made to fail. */
import type { Server } from 'node:http'
import express, { type NextFunction, type Request, type Response } from 'express'
import { z } from 'zod'
import { accessToken, refreshToken, userOf } from './label-studio/access.ts'
import { type Asked, type Fault, injectFault } from './label-studio/faults.ts'
import { nextFor, type Served } from './label-studio/next.ts'
import { change, draft, remove, type Submission, submit } from './label-studio/people.ts'
import { Refusal } from './label-studio/refusal.ts'
import { projectRoutes } from './label-studio/routes-projects.ts'
import { taskRoutes } from './label-studio/routes-tasks.ts'
import { FakeState, type FakeUser } from './label-studio/state.ts'

const settings = z.looseObject({
  api_tokens_enabled: z.boolean(),
  legacy_api_tokens_enabled: z.boolean(),
})

/** One class "Gland", drawn with the brush. */
const brushConfiguration =
  '<View><Image name="image" value="$image"/><BrushLabels name="tag" toName="image"><Label value="Gland" background="#ff0000"/></BrushLabels></View>'

export class FakeLabelStudio {
  readonly state = new FakeState()
  /** Every request, in order. */
  readonly asked: Asked[] = []
  /** Where addresses in storages lead to, instead of being passed on. */
  readonly redirects = new Map<string, string>()
  /** Says what goes wrong with a request. */
  fault: (asked: Asked) => Fault | undefined = () => undefined
  readonly #server: Server
  address = ''

  private constructor() {
    this.addUser('admin@example.com')
    this.#server = this.#app().listen(0, '127.0.0.1')
  }

  static async open(): Promise<FakeLabelStudio> {
    const fake = new FakeLabelStudio()
    await new Promise((resolve) => fake.#server.once('listening', resolve))
    const at = fake.#server.address()
    if (at === null || typeof at === 'string') throw new Error('the fake has no port')
    fake.address = `http://127.0.0.1:${at.port}`
    return fake
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** The first one is the administrator. */
  get admin(): FakeUser {
    const [admin] = this.state.users
    if (admin === undefined) throw new Error('the fake has no user')
    return admin
  }

  addUser(email: string): FakeUser {
    const id = this.state.users.length + 1
    const legacyToken = id.toString(16).padStart(40, '0')
    const user = { id, email, legacyToken, refreshToken: refreshToken(id) }
    this.state.users.push(user)
    return user
  }

  /** A project with so many tasks; their images need not exist. */
  addProject(tasks: number, configuration = brushConfiguration) {
    const project = this.state.addProject('fake project', configuration)
    for (let i = 1; i <= tasks; i++) {
      this.state.addTask(project.id, { image: `/data/upload/1/0123abcd-image-${i}.png` })
    }
    return project
  }

  next(project: number, user: number): Served | undefined {
    return nextFor(this.state, project, user)
  }

  submit(user: number, task: number, submission: Submission) {
    return submit(this.state, user, task, submission)
  }

  skip(user: number, task: number) {
    return submit(this.state, user, task, { result: [], wasCancelled: true })
  }

  change(annotation: number, changes: Parameters<typeof change>[2]) {
    return change(this.state, annotation, changes)
  }

  remove(annotation: number) {
    return remove(this.state, annotation)
  }

  draft(user: number, task: number) {
    return draft(this.state, user, task, [], 1)
  }

  #app(): express.Express {
    const app = express()
    app.use((request, response, next) => this.#meet(request, response, next))
    app.use(express.json({ limit: '250mb', strict: false }))
    app.get('/health', (_, response) => {
      response.json({ status: 'UP' })
    })
    app.get('/api/version', (_, response) => {
      response.json({ release: '1.23.2' })
    })
    app.post('/api/token/refresh/', (request, response) => {
      const { refresh } = z.looseObject({ refresh: z.string() }).parse(request.body)
      response.json({ access: accessToken(this.state, refresh) })
    })
    app.use((request, _, next) => {
      userOf(this.state, request.get('authorization'))
      next()
    })
    const router = express.Router()
    app.use(router)
    router.get('/api/jwt/settings', (_, response) => {
      response.json(this.#tokenSettings())
    })
    router.post('/api/jwt/settings', (request, response) => {
      this.state.areLegacyTokensOn = settings.parse(request.body).legacy_api_tokens_enabled
      response.json(this.#tokenSettings())
    })
    projectRoutes(router, this.state)
    taskRoutes(router, this.state)
    this.#fileRoutes(router)
    app.use((_: Request, response: Response) => {
      response.status(404).type('html').send('<!doctype html><title>not found</title>')
    })
    app.use((error: unknown, _: Request, response: Response, next: NextFunction) => {
      if (response.headersSent) return next(error)
      const refusal =
        error instanceof Refusal
          ? error
          : new Refusal(error instanceof z.ZodError ? 400 : 500, String(error))
      response.status(refusal.status).json(refusal.body())
    })
    return app
  }

  #meet(request: Request, response: Response, next: NextFunction) {
    const asked = { method: request.method, path: request.path, number: this.asked.length + 1 }
    this.asked.push(asked)
    const fault = this.fault(asked)
    if (fault === undefined) next()
    else injectFault(fault, request, response, next)
  }

  #tokenSettings() {
    return {
      api_tokens_enabled: true,
      legacy_api_tokens_enabled: this.state.areLegacyTokensOn,
    }
  }

  #fileRoutes(router: express.Router) {
    const send = (name: string, response: Response, otherwise: () => void) => {
      const file = this.state.files.get(name)
      if (file === undefined) otherwise()
      else response.type('png').send(Buffer.from(file))
    }
    router.get('/data/upload/:project/:name', (request, response) => {
      send(request.path, response, () => {
        throw new Refusal(500, "'NoneType' object has no attribute 'has_permission'")
      })
    })
    router.get('/data/local-files/', (request, response) => {
      const path = `/data/local-files/?d=${String(request.query['d'])}`
      send(path, response, () => response.status(404).end())
    })
    router.get('/tasks/:id/resolve/', (request, response) => {
      const uri = Buffer.from(String(request.query['fileuri']), 'base64url').toString('utf8')
      const target = this.redirects.get(uri)
      if (target !== undefined) response.redirect(303, target)
      else send(uri, response, () => response.status(404).end())
    })
  }
}
