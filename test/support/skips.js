// Jest reporter: names every test that was skipped. With SUGGEST_SKIPPED=fail a skipped test fails the run, unless
// it needs a GPU (test/gpu): a machine that is meant to run everything must not quietly run less.
import { relative } from 'node:path'

export default class Skips {
  #skipped = []

  #config

  constructor(config) {
    this.#config = config
  }

  onTestResult(_test, { testFilePath, testResults }) {
    // With -t everything else is skipped on purpose.
    if (this.#config.testNamePattern) return
    const file = relative(this.#config.rootDir, testFilePath).replaceAll('\\', '/')
    for (const { status, fullName } of testResults) {
      if (status === 'pending' || status === 'todo') this.#skipped.push({ file, fullName })
    }
  }

  onRunComplete() {
    for (const { file, fullName } of this.#skipped)
      process.stderr.write(`skipped: ${file}: ${fullName}\n`)
    if (this.getLastError() !== undefined)
      process.stderr.write('Skipped tests fail this run: SUGGEST_SKIPPED=fail.\n')
  }

  getLastError() {
    const isMissing = this.#skipped.some(({ file }) => !file.startsWith('test/gpu/'))
    if (process.env.SUGGEST_SKIPPED === 'fail' && isMissing) return new Error('tests were skipped')
  }
}
