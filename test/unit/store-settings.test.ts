import { expect, it } from '@jest/globals'
import { projectChange, projectSettings } from '@suggestive/shared/protocol/project'

it('a change of one setting names only that one: no default comes in for the others', () => {
  expect(projectChange.parse({ settings: { k: 4 } })).toEqual({ settings: { k: 4 } })
  expect(projectChange.safeParse({ settings: { k: 0 } }).success).toBe(false)
  for (const name of Object.keys(projectSettings.shape)) {
    const { error } = projectChange.safeParse({ settings: { [name]: {} } })
    expect(error?.issues[0]?.code).not.toBe('unrecognized_keys')
  }
})
