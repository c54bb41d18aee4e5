import { expect, it } from '@jest/globals'
import type { ProjectRecord } from '@suggestive/sidecar/ports/store'
import { createKnownProjects } from '@suggestive/sidecar/store/known-projects'

const record = (version: number): ProjectRecord => JSON.parse(JSON.stringify({ id: 'a', version }))

/** Answers when the test wants it. */
function asking() {
  const asked: { id: string; answer: (found?: ProjectRecord) => void; fail: () => void }[] = []
  const known = createKnownProjects(
    (id) =>
      new Promise((resolve, reject) => {
        asked.push({ id, answer: resolve, fail: () => reject(new Error('it failed')) })
      }),
  )
  return { asked, known }
}

it('one question serves everybody until the next commit', async () => {
  const { asked, known } = asking()
  const both = Promise.all([known.project('a'), known.project('a')])
  asked[0]?.answer(record(1))
  expect((await both).map((one) => one?.version)).toEqual([1, 1])
  expect((await known.project('a'))?.version).toBe(1)
  expect(asked).toHaveLength(1)
  known.forget()
  const again = known.project('a')
  asked[1]?.answer(record(2))
  expect((await again)?.version).toBe(2)
  void known.project('b')
  expect(asked.map(({ id }) => id)).toEqual(['a', 'a', 'b'])
})

it('an answer from before a commit is given to those who asked, and kept for nobody', async () => {
  const { asked, known } = asking()
  const old = known.project('a')
  known.forget()
  const fresh = known.project('a')
  asked[0]?.answer(record(1))
  expect((await old)?.version).toBe(1)
  const later = known.project('a')
  asked[1]?.answer(record(2))
  expect([(await fresh)?.version, (await later)?.version]).toEqual([2, 2])
  expect(asked).toHaveLength(2)
})

it('what is absent, and what failed, is asked for again', async () => {
  const { asked, known } = asking()
  const absent = known.project('a')
  asked[0]?.answer()
  expect(await absent).toBeUndefined()
  const failing = known.project('a')
  asked[1]?.fail()
  await expect(failing).rejects.toThrow('it failed')
  void known.project('a')
  expect(asked).toHaveLength(3)
})
