/** All connected projects of the one server that a plugin works with. */
import type { Log } from './bridge/deps.ts'
import type { Bridge } from './bridge.ts'
import type { SettingsFile } from './settings-file.ts'

/** One connected project, at work. */
export interface OpenProject {
  /** The tool's own id. */
  readonly project: number
  readonly bridge: Bridge
  stop(): Promise<void>
}

export interface Connections<One extends OpenProject> {
  /** By the tool's id. */
  get(project: number): One | undefined
  all(): readonly One[]
  /** Begins, or begins anew with other settings. */
  open(project: number): Promise<One | undefined>
  /** Ends; nothing is changed in the tool. */
  close(project: number): Promise<void>
  /** Begins with everything that the settings hold. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function createConnections<Server, Own, One extends OpenProject>(
  file: SettingsFile<Server, Own>,
  log: Log,
  openProject: (project: number, own: Own, server: Server) => One,
): Connections<One> {
  const open = new Map<number, One>()
  let last: Promise<unknown> = Promise.resolve()
  let isStopped = false

  /** Two at a time would leave one behind that nobody stops. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }

  async function close(project: number): Promise<void> {
    const connection = open.get(project)
    open.delete(project)
    await connection?.stop()
  }

  async function begin(project: number): Promise<One | undefined> {
    await close(project)
    const { server, projects } = file.read()
    const own = projects[project]
    if (server === undefined || own === undefined || isStopped) return undefined
    const connection = openProject(project, own, server)
    open.set(project, connection)
    connection.bridge.start()
    log.info({ project }, `a project of ${file.tool} is connected`)
    return connection
  }

  return {
    get: (project) => open.get(project),
    all: () => [...open.values()],
    open: (project) => inTurn(() => begin(project)),
    close: (project) => inTurn(() => close(project)),
    async start() {
      for (const id of Object.keys(file.read().projects)) await inTurn(() => begin(Number(id)))
    },
    async stop() {
      isStopped = true
      await inTurn(async () => {
        await Promise.all([...open.keys()].map(close))
      })
    },
  }
}
