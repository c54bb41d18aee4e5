#!/usr/bin/env node
// The command `suggest`: compiles the sources if that is due, then runs them.
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`suggest needs Node 20.19 or later, this is ${process.version}.\n`)
  process.exit(1)
}

const { build } = await import('./build.js')
try {
  // stdout belongs to the command's results.
  await build((text) => process.stderr.write(text))
} catch (error) {
  process.stderr.write(`suggest could not be built: ${error.message}\n`)
  process.exit(1)
}

const cli = new URL('../dist/cli.js', import.meta.url)
process.argv[1] = fileURLToPath(cli)
await import(cli.href)
