import { createOnnxBackend } from '@suggestive/sidecar/engine/onnx/backend'
import { backendContract } from './backend.ts'

backendContract('onnx', async () => createOnnxBackend({ threads: 1 }))
