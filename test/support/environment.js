// Jest's node environment with the process's own typed arrays: native libraries check `instanceof Float32Array`
// of the main realm and refuse arrays of the test's realm.
import { TestEnvironment } from 'jest-environment-node'

export default class extends TestEnvironment {
  async setup() {
    await super.setup()
    const shared = { ArrayBuffer, Float32Array, Int32Array, Uint8Array, Uint16Array, BigInt64Array }
    Object.assign(this.global, shared)
  }
}
