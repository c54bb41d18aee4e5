// A worker thread that runs a TypeScript source: its loader first, then the file named as the first argument.
import { register } from 'tsx/esm/api'

register()
await import(process.argv[2])
