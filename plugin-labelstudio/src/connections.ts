/** All connected projects of the one Label Studio. */
import type { Log } from '@suggestive/shared/bridge/deps'
import { type Connection, openConnection, type Surroundings } from './connection.ts'

export interface Connections {
  /** By id in Label Studio. */
  get(project: number): Connection | undefined
  all(): readonly Connection[]
  /** Begins, or begins anew with other settings. */
  open(project: number): Promise<Connection | undefined>
  /** Ends; nothing is changed in Label Studio. */
  close(project: number): Promise<void>
  /** Begins with everything that the settings hold. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function createConnections(surroundings: Surroundings & { readonly log: Log }): Connections {
  const { file, log } = surroundings
  const open = new Map<number, Connection>()

  async function close(project: number): Promise<void> {
    const connection = open.get(project)
    open.delete(project)
    await connection?.stop()
  }

  async function begin(project: number): Promise<Connection | undefined> {
    await close(project)
    const { server, projects } = file.read()
    const own = projects[project]
    if (server === undefined || own === undefined) return undefined
    const connection = openConnection(project, own, server, surroundings)
    open.set(project, connection)
    connection.bridge.start()
    log.info({ project }, 'a project of Label Studio is connected')
    return connection
  }

  return {
    get: (project) => open.get(project),
    all: () => [...open.values()],
    open: begin,
    close,
    async start() {
      for (const id of Object.keys(file.read().projects)) await begin(Number(id))
    },
    async stop() {
      await Promise.all([...open.keys()].map(close))
    },
  }
}
