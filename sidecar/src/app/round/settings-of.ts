/** The training settings of a project on this machine. */
import type { ProjectSettings } from '@suggestive/shared/protocol/project'
import type { ProfileName, Settings } from '../../domain/settings.ts'
import type { EngineInfo } from '../../ports.ts'

/** `auto` is `paper` with a GPU, else `quick`. */
export function settingsOf(
  { profile }: Pick<ProjectSettings, 'profile'>,
  { device }: Pick<EngineInfo, 'device'>,
  profiles: Readonly<Record<ProfileName, Settings>>,
): Settings {
  if (profile !== 'auto') return profiles[profile]
  return profiles[/gpu|cuda/i.test(device) ? 'paper' : 'quick']
}
