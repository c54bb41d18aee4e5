/** What `suggest connect label-studio` asks of the plugin. */
import type { ConnectTool } from './connect-tool.ts'
import { listOf, numberOf, textInFile, textOf } from './flags.ts'

const help = `suggest connect label-studio --url ADDRESS --token TOKEN --project ID [options]

Connects a project of Label Studio while suggest serve runs: tests both directions, says what it found, and
begins. Without --project it remembers address and token and lists the projects. The same as the form that
suggest serve names.

  --url ADDRESS            of Label Studio, as this machine reaches it (the one that is known)
  --token TOKEN            personal access token: Account & Settings, Personal Access Token (the known one)
  --token-file FILE        the same from a file, which keeps it out of the list of processes
  --project ID             the number in the project's address
  --image-origins LIST     other servers that images may be read from, with commas between
  --plugin-address ADDRESS where Label Studio reaches this machine, e.g. http://host.docker.internal:8471
  --public-url ADDRESS     of Label Studio for people, where that differs
  --leave-out LIST         controls of the labelling configuration that are no labels
  --no-ml-backend          without the smart tool
  --graded                 brush pre-labels show probabilities as opacity; a submitted one is the mask at one half
  --report-only            tell when somebody changes order or webhook, and leave it so
  --check                  test only; a webhook is there for a moment, nothing else is changed
  --data DIR, --config FILE  as for suggest serve

Examples:
  suggest connect label-studio --url http://localhost:8080 --token eyJ... --project 12
  suggest connect label-studio --project 13
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

export const connectLabelStudio: ConnectTool = {
  name: 'label-studio',
  help,
  options: {
    url: text,
    token: text,
    'token-file': text,
    project: text,
    'image-origins': text,
    'plugin-address': text,
    'public-url': text,
    'leave-out': text,
    'no-ml-backend': flag,
    'report-only': flag,
    graded: flag,
  },
  async wishOf(flags) {
    const file = textOf(flags, 'token-file')
    // JSON leaves out what is undefined.
    return {
      address: textOf(flags, 'url'),
      token: file === undefined ? textOf(flags, 'token') : await textInFile(file, 'the token'),
      pluginAddress: textOf(flags, 'plugin-address'),
      publicAddress: textOf(flags, 'public-url'),
      imageOrigins: listOf(flags, 'image-origins'),
      leaveOut: listOf(flags, 'leave-out'),
      project: numberOf(flags, 'project'),
      mlBackend: flags['no-ml-backend'] !== true,
      repairs: flags['report-only'] !== true,
      graded: flags['graded'] === true,
    }
  },
  putBack: `sampling, model version, webhook, view,
ML backend and our predictions. Annotations stay, predictions of others stay`,
  saysChanges: false,
  finish: async () => {},
  noProject: 'Label Studio has no project yet: make one there.',
}
