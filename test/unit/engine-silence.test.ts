import { describe, expect, it } from '@jest/globals'
import { EngineChild } from '@suggestive/sidecar/engine/child'
import { onnxEnvironment } from '@suggestive/sidecar/engine/onnx/environment'
import { problemOf } from '../support/problems.ts'

/** The child runs the sources as they are; it needs longer to start than these tests wait for it. */
const execArgv = ['--import', 'tsx', '-C', 'source']

describe('an engine that gives no sign of life', () => {
  it('is stopped, and the next call starts another one', async () => {
    const child = new EngineChild('onnx', onnxEnvironment, execArgv, 150)
    const first = problemOf('engine-failed', () => child.ask({ kind: 'info' }))
    const { pid } = child
    expect(pid).toBeDefined()
    expect(await first).toMatch(/no sign of life/)
    expect(child.pid).toBeUndefined()
    const second = problemOf('engine-failed', () => child.ask({ kind: 'info' }))
    expect(child.pid).not.toBe(pid)
    await second
    await child.close()
  })
})
