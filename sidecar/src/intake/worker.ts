/** The intake thread. */
import { serve } from '../thread/serve.ts'
import { openDesk } from './desk.ts'

await serve(openDesk, { moved: ['labelsAt', 'maskText'] })
