import { it } from '@jest/globals'
import { createTensorflowBackend } from '@suggestive/sidecar/engine/tensorflow/backend'
import { findTensorflow } from '@suggestive/sidecar/engine/tensorflow/locate'
import { backendContract } from './backend.ts'

const installed = await findTensorflow()
if (installed.found) {
  backendContract('tensorflow', () => createTensorflowBackend({ threads: 1 }))
} else {
  console.warn(`The tensorflow engine is not tested: ${installed.reason}`)
  it.skip('tensorflow backend', () => undefined)
}
