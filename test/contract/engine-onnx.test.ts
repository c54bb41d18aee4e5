import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { RemoteEngine } from '@suggestive/sidecar/engine/remote'
import { engineContract, phantomSources, tiny } from './engine.ts'

/** The child runs the sources as they are. */
const execArgv = ['--import', 'tsx', '-C', 'source']

engineContract('onnx in a child process', async () => {
  return new RemoteEngine({ engine: 'onnx', threads: 1, execArgv })
})

describe('the child process', () => {
  let engine: RemoteEngine
  const never = new AbortController().signal
  const request = {
    images: phantomSources(6),
    settings: tiny,
    classValues: [0, 255],
    seed: 1,
    round: 1,
  }
  beforeAll(() => {
    engine = new RemoteEngine({ engine: 'onnx', threads: 1, execArgv })
  })
  afterAll(() => engine.close())

  it('may crash: the parent gets one sentence, and the next call starts another', async () => {
    const training = engine.train(
      { ...request, settings: { ...tiny, iterations: 2000 } },
      (event) => {
        if (event.kind === 'iteration' && engine.pid !== undefined)
          process.kill(engine.pid, 'SIGKILL')
      },
      never,
    )
    await expect(training).rejects.toMatchObject({
      kind: 'engine-failed',
      message: expect.stringMatching(/ended unexpectedly \(SIGKILL\)/),
    })
    const { header } = await engine.train(request, () => {}, never)
    expect(header.members).toHaveLength(2)
  })

  it('answers predictions while it trains', async () => {
    const model = await engine.train(request, () => {}, never)
    const stop = new AbortController()
    let last = 0
    const training = engine.train(
      { ...request, settings: { ...tiny, iterations: 100_000 } },
      (event) => {
        if (event.kind === 'iteration') last = event.iteration
      },
      stop.signal,
    )
    const ended = expect(training).rejects.toMatchObject({ kind: 'cancelled' })
    while (last === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const { picture } = phantom({ seed: 9, index: 0, size: 64 })
    const prediction = await engine.predict(model, picture, never)
    expect(prediction.width).toBe(64)
    const before = last
    while (last === before) await new Promise((resolve) => setTimeout(resolve, 20))
    stop.abort()
    await ended
  })
})
