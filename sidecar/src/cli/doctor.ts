/** `suggest doctor`: placeholder */
import type { CommandContext } from './context.ts'
export async function doctorCommand(_args: string[], { print }: CommandContext): Promise<void> {
  print('')
}
