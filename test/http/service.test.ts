/** What the HTTP servers of all plugins have in common. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { problemDocument } from '@suggestive/shared/protocol/problem'
import { createService, type ServiceOptions } from '@suggestive/shared/service'
import express from 'express'
import supertest from 'supertest'
import { createSilentLog } from '../fakes/silent-log.ts'
import { problemOf } from '../support/problems.ts'

const secret = 'Bearer abcdefgh12345678'

function open(options: Partial<ServiceOptions> = {}) {
  const log = createSilentLog()
  const service = createService({
    version: '0.1.0',
    log,
    routes: (app) => {
      app.post('/echo', express.json({ limit: 100 }), (request, response) => {
        response.json(request.body)
      })
      app.get('/refuse', () => {
        throw new Problem('unauthorised', `Nobody is signed in with ${secret}.`)
      })
      app.get('/break', async () => {
        await Promise.reject(new Error(`a bug with ${secret}`))
      })
    },
    ...options,
  })
  return { service, log, send: supertest(service.app) }
}

const detailOf = (response: supertest.Response) => {
  expect(response.type).toBe('application/problem+json')
  const document = problemDocument.parse(response.body)
  expect(document.status).toBe(response.status)
  return document.detail
}

describe('a service', () => {
  it('is healthy, and ready when its plugin is', async () => {
    let isReady = true
    const { send } = open({ isReady: () => isReady, metrics: async () => 'up 1\n' })
    const health = await send.get('/healthz')
    expect(health.body).toEqual({ status: 'ok', version: '0.1.0' })
    expect(health.headers).toMatchObject({ 'x-content-type-options': 'nosniff' })
    expect(health.headers['content-security-policy']).toContain("default-src 'none'")
    expect(health.headers['x-powered-by']).toBeUndefined()
    expect((await send.get('/readyz')).status).toBe(200)
    isReady = false
    const refused = await send.get('/readyz')
    expect([refused.status, detailOf(refused)]).toEqual([503, expect.stringContaining('again')])
    expect((await send.get('/metrics')).text).toBe('up 1\n')
  })

  it('answers everything that goes wrong with a problem document, without secrets', async () => {
    const { send, log } = open()
    const refused = await send.get('/refuse')
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="plugin"',
    ])
    expect(detailOf(refused)).toBe('Nobody is signed in with Bearer [secret]')
    const broken = await send.get('/break')
    expect(broken.status).toBe(500)
    expect(detailOf(broken)).toContain('the log of the plugin says more')
    expect(JSON.stringify(log.lines)).toContain(broken.body.instance)
    expect(JSON.stringify(log.lines)).not.toContain('abcdefgh')
    for (const [status, body, type] of [
      [400, '{"a":', 'application/json'],
      [413, JSON.stringify('x'.repeat(200)), 'application/json'],
      [415, '{}', 'application/json; charset=latin-9'],
    ] as const) {
      const response = await send.post('/echo').set('Content-Type', type).send(body)
      expect([status, detailOf(response)]).toEqual([response.status, expect.any(String)])
    }
    expect((await send.get('/nowhere')).status).toBe(404)
    expect((await send.get('/%E0%A4%A')).status).toBeLessThan(500)
  })

  it('lets what is under way end when it stops, and takes nothing new', async () => {
    let finish = () => {}
    const waiting = new Promise<void>((resolve) => {
      finish = resolve
    })
    const { service } = open({
      routes: (app) => {
        app.get('/slow', async (_, response) => {
          await waiting
          response.send('done')
        })
      },
    })
    const address = await service.listen(0, '127.0.0.1')
    const slow = httpRequest(`${address}/slow`).end()
    const answered = once(slow, 'response')
    await new Promise((resolve) => setTimeout(resolve, 30))
    const stopped = service.stop()
    const [error] = await once(httpRequest(`${address}/healthz`).end(), 'error')
    expect(error.code).toBe('ECONNREFUSED')
    finish()
    const [response] = await answered
    expect(response.statusCode).toBe(200)
    response.resume()
    await stopped
    await service.stop()
  })

  it('says that its port is taken', async () => {
    const { service } = open()
    const port = Number(new URL(await service.listen(0, '127.0.0.1')).port)
    const other = open().service
    expect(await problemOf('conflict', () => other.listen(port, '127.0.0.1'))).toContain(`${port}`)
    await service.stop()
  })
})
