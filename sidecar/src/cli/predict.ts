/** `suggest predict`: maps, scores and descriptors of images by a trained ensemble. */
import { readFile, realpath } from 'node:fs/promises'
import { Problem } from '@suggestive/shared/problem'
import { type Predicted, predictImages } from '../app/predict.ts'
import type { Model } from '../domain/model.ts'
import { readModel } from '../domain/model-file.ts'
import { createPictureCache, imageSources } from '../folder.ts'
import { systemCode } from '../system-code.ts'
import type { CommandContext } from './context.ts'
import { engineOf, flagsOf, requiredText } from './flags.ts'
import { requireWritableFolder } from './output-file.ts'
import { openPredictFolder } from './predict-folder.ts'
import { engineFlags, threadsOf } from './settings-flags.ts'

/** Help of the command. */
const predictHelp = `suggest predict --model FILE.safetensors --images DIR --out DIR [options]

Applies an ensemble to every image and writes into the folder --out, at the image's original size:
  NAME.mask.png         8-bit grey, the values of the training masks
  NAME.probability.png  16-bit grey, 65535 = 1; with more than two classes NAME.probability.CLASS.png,
                        CLASS being the value in the mask
  NAME.uncertainty.png  16-bit grey, 65535 = 0.25, the largest variance there is
and for all images, rows in name order from 0:
  scores.csv            row,name,width,height,uncertainty,foreground
  uncertainty.npy       float32 [images]
  descriptors.npy       float32 [images, members x numbers], for suggest select

An image that cannot be read is named and left out, the others are done, and the exit code is 1.
Interrupted, the same command goes on where it was.

  --model    ensemble that suggest train has written
  --images   folder with images: PNG, JPEG, TIFF or WebP
  --out      folder for the results, another one than --images
  --engine   auto, onnx or tensorflow (auto)
  --threads  threads that compute (one per core, at most 8)

Examples:
  suggest predict --model cells.safetensors --images unlabelled --out predicted
  suggest select --uncertainty predicted/uncertainty.npy --descriptors predicted/descriptors.npy
`

/** Runs the command. @throws Problem for everything that is wrong, also when single images were left out. */
export async function predictCommand(args: string[], context: CommandContext): Promise<void> {
  const flags = flagsOf('predict', args, {
    model: { type: 'string' },
    images: { type: 'string' },
    out: { type: 'string' },
    ...engineFlags,
    help: { type: 'boolean', short: 'h' },
  })
  if (flags['help'] === true) return context.print(predictHelp)
  const modelPath = requiredText(flags, 'model', 'the file that suggest train has written')
  const images = requiredText(flags, 'images', 'the folder of the images')
  const out = requiredText(flags, 'out', 'the folder for the results')
  const choice = engineOf(flags)
  const threads = threadsOf(flags)
  const model = await readModelFile(modelPath)
  // Nothing is used twice: pictures need not be kept.
  const sources = await imageSources(images, createPictureCache(0))
  await requireWritableFolder(out)
  if ((await realpath(out)) === (await realpath(images))) {
    throw new Problem(
      'wrong-use',
      `--out and --images are the same folder ${out}: name another one, or the results would be taken for images.`,
    )
  }
  const { on, signal } = context
  const engine = await context.openEngine(choice, threads)
  try {
    const shelf = await openPredictFolder(out, model)
    if (shelf.finished > 0) {
      on({ kind: 'note', sentence: `${shelf.finished} images are done already` })
    }
    const predicted = await predictImages(model, sources, { engine, shelf }, on, signal)
    if (predicted.images.length > 0) await shelf.writeTables(predicted.images)
    requireAll(predicted)
    await shelf.forget()
    context.print(`${summary(out, predicted)}\n`)
  } finally {
    await engine.close()
  }
}

async function readModelFile(path: string): Promise<Model> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const missing = systemCode(cause) === 'ENOENT'
    throw new Problem(
      missing ? 'wrong-use' : 'unreadable-input',
      missing
        ? `The model ${path} does not exist: check the path, or make it with suggest train.`
        : `The model ${path} cannot be read (${systemCode(cause)}): check that it is a file that you may read.`,
      { cause },
    )
  })
  return readModel(bytes, path)
}

function requireAll({ images, failures }: Predicted): void {
  const [first] = failures
  if (first === undefined) return
  const others =
    images.length === 0 ? 'there is no other image' : `${images.length} others are done`
  const sentence =
    failures.length === 1
      ? `${first.message.replace(/\.$/, '')}; ${others}, and the same command goes on with it.`
      : `${failures.length} images were left out because they cannot be read; ${others}: replace them and repeat the command. The first: ${first.message}`
  throw new Problem('unreadable-input', sentence)
}

function summary(out: string, { images }: Predicted): string {
  const mean = images.reduce((sum, { uncertainty }) => sum + uncertainty, 0) / images.length
  const count = `${images.length} ${images.length === 1 ? 'image' : 'images'}`
  return `${out}: ${count}, mean uncertainty ${mean.toPrecision(3)}; scores.csv, uncertainty.npy, descriptors.npy`
}
