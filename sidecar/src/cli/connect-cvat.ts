/** What `suggest connect cvat` asks of the plugin. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import type { ConnectTool } from './connect-tool.ts'
import type { CommandContext } from './context.ts'
import { type Flags, listOf, numberOf, oneOf, textInFile, textOf } from './flags.ts'
import type { PluginCaller } from './plugin-call.ts'

const help = `suggest connect cvat --url ADDRESS --token TOKEN --project ID [options]

Connects a project of CVAT while suggest serve runs: tests both directions, says what it found and what it will
change, and begins. Without --project it remembers address and account and lists the projects. The same as the
form that suggest serve names.

  --url ADDRESS            of CVAT, as this machine reaches it (the one that is known)
  --token TOKEN            personal access token: menu of the account, Profile, Security (the known one)
  --token-file FILE        the same from a file, which keeps it out of the list of processes
  --user NAME --password-file FILE  instead of a token
  --organization NAME      short name of the organisation that the project belongs to (the known one)
  --no-organization        the project belongs to none
  --project ID             the number in the project's address
  --annotators LIST        user names with commas between (whoever holds jobs already)
  --mode NAME              gate: the next jobs are assigned (usual); touch: only lists sorted by date show the
                           order; round: a new task for each round
  --whole-jobs             jobs with several images are ranked as wholes: CVAT cannot reorder their frames
  --make-pool              or new tasks of one-image jobs are made from their images; old tasks stay as they are
  --upload                 with --make-pool: images may be uploaded once more where they lie in no share or cloud
  --stage NAME             from which a completed job counts: annotation, validation or acceptance (annotation)
  --shape NAME             pre-labels of labels that take both: mask or polygon (mask)
  --plugin-address ADDRESS where CVAT reaches this machine, e.g. http://host.docker.internal:8472
  --link-address ADDRESS   where annotators reach it, for their personal links
  --public-url ADDRESS     of CVAT for people, where that differs
  --no-webhook             finished jobs are found by polling only
  --agent, --no-agent      answer automatic annotation as an agent, on CVAT Online and Enterprise only (no)
  --report-only            tell when somebody changes order or webhook, and leave it so
  --check                  test only; a webhook is there for a moment, nothing else is changed
  --data DIR, --config FILE  as for suggest serve

Examples:
  suggest connect cvat --url http://localhost:8080 --token-file token.txt --project 3 --annotators anna,bert
  suggest links
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

export const connectCvat: ConnectTool = {
  name: 'cvat',
  help,
  options: {
    url: text,
    token: text,
    'token-file': text,
    user: text,
    'password-file': text,
    organization: text,
    'no-organization': flag,
    project: text,
    annotators: text,
    mode: text,
    'whole-jobs': flag,
    'make-pool': flag,
    upload: flag,
    stage: text,
    shape: text,
    'plugin-address': text,
    'link-address': text,
    'public-url': text,
    'no-webhook': flag,
    agent: flag,
    'no-agent': flag,
    'report-only': flag,
  },
  async wishOf(flags) {
    if (flags['whole-jobs'] === true && flags['make-pool'] === true) {
      throw new Problem('wrong-use', 'Choose either --whole-jobs or --make-pool.')
    }
    const tokenFile = textOf(flags, 'token-file')
    const passwordFile = textOf(flags, 'password-file')
    // JSON leaves out what is undefined.
    return {
      address: textOf(flags, 'url'),
      token:
        tokenFile === undefined ? textOf(flags, 'token') : await textInFile(tokenFile, 'the token'),
      username: textOf(flags, 'user'),
      password:
        passwordFile === undefined ? undefined : await textInFile(passwordFile, 'the password'),
      organization: flags['no-organization'] === true ? '' : textOf(flags, 'organization'),
      pluginAddress: textOf(flags, 'plugin-address'),
      linkAddress: textOf(flags, 'link-address'),
      publicAddress: textOf(flags, 'public-url'),
      project: numberOf(flags, 'project'),
      annotators: listOf(flags, 'annotators'),
      mode: choiceOf(flags, 'mode', ['gate', 'touch', 'round']),
      stage: choiceOf(flags, 'stage', ['annotation', 'validation', 'acceptance']),
      shape: choiceOf(flags, 'shape', ['mask', 'polygon']),
      wholeJobs: flags['whole-jobs'],
      makePool: flags['make-pool'],
      upload: flags['upload'],
      webhook: flags['no-webhook'] === true ? false : undefined,
      agent: flags['no-agent'] === true ? false : flags['agent'],
      repairs: flags['report-only'] !== true,
    }
  },
  putBack: `assignments, pre-labels and tasks of rounds
where nobody has begun, webhook and links to the page. What people have drawn or begun stays, so do the new tasks of
--make-pool`,
  saysChanges: true,
  finish: newTasks,
  noProject: 'This account sees no project of CVAT: make one there, or name the organisation.',
}

const status = z.looseObject({
  projects: z.array(
    z.looseObject({
      id: z.number(),
      newPool: z
        .looseObject({ state: z.enum(['running', 'failed']), sentence: z.string() })
        .nullable(),
    }),
  ),
})

const lookMs = 1000

/** @throws Problem when they could not be made; it is tried again by itself */
async function newTasks(
  plugin: PluginCaller,
  project: number,
  { print, signal }: CommandContext,
): Promise<void> {
  for (let said = ''; ; ) {
    const { projects } = await plugin.call(status, '/api/status', undefined, signal)
    const newPool = projects.find(({ id }) => id === project)?.newPool ?? null
    if (newPool === null) {
      if (said !== '') print('The new tasks are there.\n')
      return
    }
    if (newPool.state === 'failed') throw new Problem('tool-failed', newPool.sentence)
    if (newPool.sentence !== said) print(`${newPool.sentence}\n`)
    said = newPool.sentence
    await sleep(lookMs, undefined, { signal })
  }
}

/** As before where nothing is said. */
function choiceOf(flags: Flags, name: string, choices: readonly [string, ...string[]]) {
  return textOf(flags, name) === undefined ? undefined : oneOf(flags, name, choices, choices[0])
}
