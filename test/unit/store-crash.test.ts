import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, jest } from '@jest/globals'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { openStoreThread } from '@suggestive/sidecar/store/thread'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'
import { labelOf, newProject, taskOf } from '../support/store.ts'

jest.setTimeout(60_000)

const writer = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url))

/** Kills the writer in the middle of its work; returns what it has printed by then. */
async function killedWriter(path: string, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', '-C', 'source', writer, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString()
    if (said.split('\n').length > lines) child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.on('close', resolve))
  return said.split('\n').slice(0, -1)
}

describe('the store, killed while it writes', () => {
  it('has everything that was acknowledged, nothing twice, and sums that agree', () =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      const acknowledged = await killedWriter(path, 100)
      expect(acknowledged.length).toBeGreaterThanOrEqual(100)
      const store = await openStore(path)
      await store.check()
      const found: string[] = []
      for (let after: string | null = '0'; after !== null; ) {
        const page = await store.labels('p', { limit: 1000, after })
        found.push(...page.items.map(({ identity }) => identity))
        after = page.next
      }
      expect(new Set(found).size).toBe(found.length)
      expect(acknowledged.filter((identity) => !found.includes(identity))).toEqual([])
      // At most one call of each of the 20 callers was stored without an answer.
      expect(found.length - acknowledged.length).toBeLessThanOrEqual(20)
      expect((await store.budget('p')).annotationSeconds).toBe(10 * found.length)
      await store.close()
    }))

  it('as a thread fails what is pending and says so; opened again it is whole', () =>
    withFolder({}, async (folder) => {
      const path = `${folder}/a.db`
      const died: string[] = []
      const thread = await openStoreThread(path, { onExit: ({ message }) => died.push(message) })
      await thread.store.createProject(newProject('p'), 1)
      await thread.store.putTasks('p', [taskOf('t')], 1)
      await thread.store.putLabels('p', [labelOf('t')], false, 2)
      const pending = thread.store.putLabels('p', [labelOf('t', { version: 2 })], false, 3)
      const failing = problemOf('storage-failed', () => pending)
      await thread.kill()
      expect(await failing).toMatch(/thread of the database ended/)
      expect(died.length).toBeGreaterThan(0)
      const store = await openStore(path)
      expect((await store.labels('p', { limit: 10 })).items.length).toBeGreaterThanOrEqual(1)
      await store.close()
    }))
})
