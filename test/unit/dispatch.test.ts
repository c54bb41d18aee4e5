import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { bulk, mostKeptBytes, usualLimits } from '@suggestive/sidecar/http/body'
import { createFind } from '@suggestive/sidecar/http/dispatch'
import { createGate } from '@suggestive/sidecar/http/gate'
import { routes } from '@suggestive/sidecar/http/routes'
import { z } from 'zod'

const find = createFind(new Map(routes.map(({ path }) => [path, path])))

describe('an address', () => {
  it('is found for every route', () => {
    for (const { path } of routes) {
      const address = path.replace(/:(\w+)/g, 'some-$1')
      const found = find(address)
      expect(found?.target).toBe(path)
      const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      expect(found?.params).toEqual(Object.fromEntries(names.map((name) => [name, `some-${name}`])))
    }
  })

  it('gives decoded parameters; what is written out goes first', () => {
    const one = '/v1/projects/p/tasks'
    expect(find(`${one}/a%2Fb%20c`)?.params).toEqual({ project: 'p', task: 'a/b c' })
    expect(find('/v1/images/missing')?.target).toBe('/v1/images/missing')
    expect(find(`${one}/`)?.target).toBe('/v1/projects/:project/tasks')
    expect(() => find(`${one}/%zz`)).toThrow(URIError)
  })

  it('is not found where nothing is, or a part is empty', () => {
    for (const path of [
      '/',
      '',
      '/v1',
      '/v1/projects/p/tasks/1/2',
      '/v1/projects//tasks',
      '/V1/projects',
    ])
      expect(find(path)).toBeUndefined()
  })
})

describe('a gate', () => {
  it('is for bodies that are kept and large, or of unknown size', () => {
    const keeps = (length?: string) =>
      bulk(z.any(), 'labels').keeps?.(
        Object.assign(new IncomingMessage(new Socket()), {
          headers: length === undefined ? {} : { 'content-length': length },
        }),
        usualLimits,
      )
    expect([keeps('1000'), keeps('1000000')]).toEqual([0, 1_000_000])
    expect([keeps(), keeps('1e12')]).toEqual([usualLimits.labels, usualLimits.labels])
    expect(usualLimits.labels).toBeLessThanOrEqual(mostKeptBytes)
  })

  it('lets in what fits, in order, and whatever is too large alone', async () => {
    const gate = createGate(10)
    const ends: (() => void)[] = []
    const inside: string[] = []
    const enter = (name: string, bytes: number) =>
      gate.run(bytes, async () => {
        inside.push(name)
        await new Promise<void>((resolve) => ends.push(resolve))
        if (name === 'b') throw new Error('it failed')
      })
    const all = [enter('a', 6), enter('b', 4), enter('huge', 99), enter('c', 1)]
    await new Promise((resolve) => setImmediate(resolve))
    expect(inside).toEqual(['a', 'b'])
    ends[1]?.()
    await expect(all[1]).rejects.toThrow('it failed')
    expect(inside).toEqual(['a', 'b'])
    ends[0]?.()
    await all[0]
    await new Promise((resolve) => setImmediate(resolve))
    expect(inside).toEqual(['a', 'b', 'huge'])
    ends[2]?.()
    await all[2]
    await new Promise((resolve) => setImmediate(resolve))
    ends[3]?.()
    await Promise.all([all[0], all[2], all[3]])
    expect(inside).toEqual(['a', 'b', 'huge', 'c'])
  })
})
