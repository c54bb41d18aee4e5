/** `suggest select`: the suggestion for anybody who has uncertainties and descriptors as NumPy files. */
import { parseArgs, types } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { type Suggestion, suggest } from '../domain/select.ts'
import { type NpyFile, npyTable, openNpy } from './npy-file.ts'

/** Help of the command. */
const selectHelp = `suggest select --uncertainty FILE.npy --descriptors FILE.npy [--k 8] [--candidates 16]

Chooses k images to annotate: the --candidates most uncertain ones are considered, and those that
represent all images best are taken one after another. Prints one JSON object to standard output:
  {"rows":[12,3,...],"gains":[...],"candidates":[...]}
rows are counted from 0, in the order chosen.

  --uncertainty  float array [images], larger = more uncertain
  --descriptors  float array [images, numbers]; compared by cosine, any length
  --k            images to choose (8)
  --candidates   most uncertain images to choose from (16), at least k

Examples:
  suggest select --uncertainty uncertainty.npy --descriptors descriptors.npy
  suggest select --uncertainty uncertainty.npy --descriptors descriptors.npy --k 4 --candidates 32
`

interface SelectOptions {
  readonly uncertainty: string
  readonly descriptors: string
  readonly k: number
  readonly candidates: number
}

/** Runs the command; `write` gets the one line of JSON. Throws a `Problem` for everything that is wrong. */
export async function selectCommand(
  args: string[],
  write: (text: string) => void = (text) => process.stdout.write(text),
): Promise<void> {
  const options = readOptions(args)
  if (options === 'help') return write(selectHelp)
  const uncertainty = await openNpy(options.uncertainty)
  try {
    const descriptors = await openNpy(options.descriptors)
    try {
      write(`${JSON.stringify(await select(options, uncertainty, descriptors))}\n`)
    } finally {
      await descriptors.close()
    }
  } finally {
    await uncertainty.close()
  }
}

async function select(
  { k, candidates }: SelectOptions,
  uncertainty: NpyFile,
  descriptors: NpyFile,
): Promise<Suggestion> {
  const [images = 0, ...more] = uncertainty.shape
  if (uncertainty.shape.length === 0 || more.some((n) => n !== 1)) {
    throw mismatch(uncertainty, 'one uncertainty per image, [images]')
  }
  if (descriptors.shape.length !== 2) {
    throw mismatch(descriptors, 'one descriptor per image, [images, numbers]')
  }
  if (descriptors.shape[0] !== images) {
    throw mismatch(
      descriptors,
      `${images} rows, one per value of ${uncertainty.path}, in the same order`,
    )
  }
  const values = await uncertainty.read(0, images)
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) {
    throw new Problem(
      'unreadable-input',
      `${uncertainty.path} holds ${values[wrong]} in row ${wrong}: only finite numbers can be ranked; compute it again.`,
    )
  }
  return suggest({
    uncertainty: values,
    descriptors: npyTable(descriptors),
    k,
    candidates,
    label: (row) => `row ${row} of ${descriptors.path}`,
  })
}

const mismatch = ({ path, shape }: NpyFile, wanted: string) =>
  new Problem('wrong-use', `${path} has the shape [${shape.join(', ')}]: give ${wanted}.`)

function readOptions(args: string[]): SelectOptions | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const { uncertainty, descriptors } = values
  if (uncertainty === undefined || descriptors === undefined) {
    const missing = uncertainty === undefined ? '--uncertainty' : '--descriptors'
    throw new Problem('wrong-use', `${missing} is missing: give the path of a .npy file.`)
  }
  const options = {
    uncertainty,
    descriptors,
    k: wholeNumber('--k', values.k),
    candidates: wholeNumber('--candidates', values.candidates),
  }
  if (options.k > options.candidates) {
    throw new Problem(
      'wrong-use',
      `--k is ${options.k} but --candidates only ${options.candidates}: give --candidates of at least ${options.k}.`,
    )
  }
  return options
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        uncertainty: { type: 'string' },
        descriptors: { type: 'string' },
        k: { type: 'string', default: '8' },
        candidates: { type: 'string', default: '16' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (cause) {
    const [sentence] = types.isNativeError(cause) ? cause.message.split('. ') : [String(cause)]
    throw new Problem('wrong-use', `${sentence}: see suggest select --help.`, { cause })
  }
}

function wholeNumber(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Problem('wrong-use', `${option} is '${text}': give a whole number of at least 1.`)
  }
  return value
}
