/** Every setting of the server: its values, its default, and the remedy for a wrong one. */
import { z } from 'zod'

export const pluginNames = ['label-studio', 'cvat'] as const
export type PluginName = (typeof pluginNames)[number]

/** For people. */
export const toolNames: Readonly<Record<PluginName, string>> = {
  'label-studio': 'Label Studio',
  cvat: 'CVAT',
}

/** Each plugin knows its own settings. */
const pluginSection = z.record(z.string(), z.unknown()).optional()

export const settingsSchema = z.strictObject({
  host: z
    .string()
    .regex(/^[\w.:-]+$/)
    .default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(8470),
  data: z.string().min(1).default('suggest-data'),
  engine: z.enum(['auto', 'onnx', 'tensorflow']).default('auto'),
  threads: z.number().int().min(1).max(256).optional(),
  bodyMegabytes: z.number().min(1).max(4096).default(64),
  imageMegabytes: z.number().min(1).max(4096).default(256),
  megapixels: z.number().min(0.001).max(10_000).default(100),
  cacheGigabytes: z.number().min(0.001).max(1_000_000).default(20),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  tokenFile: z.string().min(1).optional(),
  tokens: z.array(z.unknown()).default([]),
  'label-studio': pluginSection,
  cvat: pluginSection,
})

export type Settings = z.infer<typeof settingsSchema>
export type SettingName = keyof Settings

/** What to give instead of a wrong value. */
export const remedies: Readonly<Record<SettingName, string>> = {
  host: 'give a host name or an address, e.g. 127.0.0.1',
  port: 'give a whole number from 1 to 65535, or 0 for any free port',
  data: 'give the path of a folder',
  engine: 'choose auto, onnx or tensorflow',
  threads: 'give a whole number from 1 to 256',
  bodyMegabytes: 'give a number from 1 to 4096',
  imageMegabytes: 'give a number from 1 to 4096',
  megapixels: 'give a number from 0.001 to 10000',
  cacheGigabytes: 'give a number of at least 0.001',
  logLevel: 'choose debug, info, warn or error',
  tokenFile: 'give the path of a file',
  tokens: 'give a list of objects with role, name and token',
  'label-studio': 'give an object with the settings of the plugin',
  cvat: 'give an object with the settings of the plugin',
}

/** Settings that one word can express; the others stand in files only. */
export const wordSettings = [
  'host',
  'port',
  'data',
  'engine',
  'threads',
  'bodyMegabytes',
  'imageMegabytes',
  'megapixels',
  'cacheGigabytes',
  'logLevel',
  'tokenFile',
] as const satisfies readonly SettingName[]

/** Those among them that are numbers. */
const numeric: readonly string[] = [
  'port',
  'threads',
  'bodyMegabytes',
  'imageMegabytes',
  'megapixels',
  'cacheGigabytes',
]

/** The value that a word of the environment or the command line stands for. */
export function parseWord(name: string, word: string): unknown {
  const isNumber = numeric.includes(name) && /^\d+(\.\d+)?$/.test(word)
  return isNumber ? Number(word) : word
}

/** `SUGGEST_LOG_LEVEL` for `logLevel`. */
export function variableOf(name: string): string {
  return `SUGGEST_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** `log-level` for `logLevel`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
