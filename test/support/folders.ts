/** Throw-away folders for tests that need files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Runs `use` with a folder that holds the given files (path inside -> content); removes it afterwards. */
export async function withFolder<Result>(
  files: Readonly<Record<string, Uint8Array | string>>,
  use: (folder: string) => Promise<Result> | Result,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-test-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A folder for a whole file of tests. */
export interface TestFolder {
  readonly path: string
  write(name: string, content: Uint8Array | string): void
  remove(): void
}

export function openFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'suggestive-test-'))
  return {
    path,
    write(name, content) {
      mkdirSync(dirname(join(path, name)), { recursive: true })
      writeFileSync(join(path, name), content)
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
