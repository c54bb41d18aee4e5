/** The plugin as a process: started by the supervisor, or alone. */
import { runPlugin } from '@suggestive/shared/plugin-process'
import { optionsFrom } from './options.ts'
import { openPlugin } from './plugin.ts'

await runPlugin({
  name: 'cvat',
  manifest: new URL('../package.json', import.meta.url),
  environment: process.env,
  optionsFrom,
  open: openPlugin,
})
