/**
 * TensorFlow's shared libraries and C headers out of its Python wheel, which is only a container here: the libraries
 * do not depend on Python, and nothing of the wheel is installed into one.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { run } from './command.ts'
import { type Variant, WHEEL_VERSION } from './release.ts'

/** What the linker needs to know about a native library. */
export interface Library {
  readonly source: 'wheel' | 'official'
  /** File names inside `lib/`. */
  readonly files: readonly string[]
  /** Folder of the C headers, needed for the build only. */
  readonly include: string
}

const FILES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** The parts of the wheel that are wanted. */
const MEMBERS = [
  ...FILES.map((file) => `tensorflow/${file}`),
  'tensorflow/include/tensorflow/c/*',
  'tensorflow/include/tensorflow/core/platform/ctstring*',
  'tensorflow/include/tsl/*',
  'tensorflow/include/xla/tsl/c/*',
]

/**
 * The CUDA libraries without which TensorFlow registers no GPU, with those that they load themselves; what only its
 * compiler and profiler need is left out.
 */
const CUDA =
  /^nvidia-(cuda-runtime|cublas|cudnn|cufft|cusolver|cusparse|nvjitlink|cuda-nvrtc|curand|nccl)-/

/** Fills `lib/` (and `nvidia/` for CUDA) of `folder`; `scratch` takes the downloads and the headers. */
export async function wheelLibrary(
  folder: string,
  scratch: string,
  variant: Variant,
  say: (line: string) => void,
): Promise<Library> {
  const name = variant === 'gpu' ? 'tensorflow' : 'tensorflow-cpu'
  const wheel = await download(`${name}==${WHEEL_VERSION}`, join(scratch, name))
  const unpacked = join(scratch, 'unpacked')
  await unzip(wheel, unpacked, MEMBERS)
  for (const file of FILES)
    await rename(join(unpacked, 'tensorflow', file), join(folder, 'lib', file))
  if (variant === 'gpu') {
    for (const requirement of await cudaRequirements(wheel)) {
      say(`fetching ${requirement}`)
      const cuda = await download(requirement, join(scratch, 'cuda'))
      // TensorFlow looks for them in ../nvidia/*/lib, seen from its own library.
      await unzip(cuda, folder, ['nvidia/*/lib/*'])
      await rm(join(scratch, 'cuda'), { recursive: true })
    }
  }
  await rm(wheel)
  return { source: 'wheel', files: FILES, include: join(unpacked, 'tensorflow', 'include') }
}

/** Fetches one wheel without what it requires. */
async function download(requirement: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  // Any Python will do for the libraries; 3.11 is one for which all these versions exist.
  const interpreter = [
    '--python-version',
    '3.11',
    '--implementation',
    'cp',
    '--abi',
    'cp311',
    '--abi',
    'none',
  ]
  const platforms = ['manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64']
  await run(`fetch ${requirement} from the Python package index`, 'python3', [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check'],
    ...['--no-deps', '--only-binary=:all:'],
    ...interpreter,
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...['--dest', folder, requirement],
  ])
  const [file] = (await readdir(folder)).filter((file) => file.endsWith('.whl'))
  if (file === undefined)
    throw new Problem('engine-unavailable', `pip fetched no wheel for ${requirement}.`)
  return join(folder, file)
}

const UNZIP = `
import fnmatch, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if any(fnmatch.fnmatch(name, pattern) for pattern in sys.argv[3:]):
            wheel.extract(name, sys.argv[2])
`

async function unzip(wheel: string, folder: string, members: readonly string[]) {
  await run(`unpack ${wheel}`, 'python3', ['-c', UNZIP, wheel, folder, ...members])
}

const METADATA = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    [name] = [name for name in wheel.namelist() if name.endswith('.dist-info/METADATA')]
    sys.stdout.write(wheel.read(name).decode())
`

/** The CUDA wheels, with their versions, that this TensorFlow says it goes with. */
async function cudaRequirements(wheel: string): Promise<readonly string[]> {
  const metadata = await run(`read ${wheel}`, 'python3', ['-c', METADATA, wheel])
  return metadata
    .split('\n')
    .flatMap((line) => /^Requires-Dist: (.+?)\s*;.*and-cuda/.exec(line)?.[1] ?? [])
    .map((requirement) => requirement.replaceAll(/[\s()]/g, ''))
    .filter((requirement) => CUDA.test(requirement))
}
