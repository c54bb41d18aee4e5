/**
 * Moves committed pages from the log into the database file, in a thread of its own: the store never waits for these
 * writes. Started by `thread.ts`.
 */
import { workerData } from 'node:worker_threads'
import { z } from 'zod'
import { serve } from '../thread/serve.ts'
import { Database } from './database.ts'

const everyMs = 500
const { path } = z.object({ path: z.string() }).parse(workerData)

await serve((notify) => {
  const db = new Database(path)
  // Passive: goes as far as it can without holding up readers or the writer.
  let told = ''
  const timer = setInterval(() => {
    try {
      db.exec('PRAGMA wal_checkpoint(PASSIVE)')
      told = ''
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error)
      // Once, however long it lasts.
      if (sentence !== told) notify(sentence)
      told = sentence
    }
  }, everyMs)
  return {
    close() {
      clearInterval(timer)
      db.close()
    },
  }
})
