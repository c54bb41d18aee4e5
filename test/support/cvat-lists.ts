/** What people see when they follow the link to the sorted list of jobs. */
import type { CvatTool } from '@suggestive/plugin-cvat/tool'
import { z } from 'zod'
import type { FakeUser } from '../fakes/cvat/model.ts'
import type { CvatBench } from './cvat.ts'

const page = z.looseObject({
  results: z.array(
    z.looseObject({ id: z.int(), task_id: z.int(), start_frame: z.int(), stop_frame: z.int() }),
  ),
})

/** Jobs in the order of the list, as CVAT answers its own page. */
export async function listedJobs(
  { fake }: CvatBench,
  tool: CvatTool,
  user: FakeUser = fake.admin,
): Promise<z.infer<typeof page>['results']> {
  const { search } = new URL(await tool.orderLink())
  const answer = await fetch(`${fake.address}/api/jobs${search}&page_size=500`, {
    headers: { Authorization: `Bearer ${user.personalToken}` },
  })
  return page.parse(await answer.json()).results
}

/** Tasks of the product in the order of the list, frame by frame; those of rounds by what they are copies of. */
export async function listedKeys(
  bench: CvatBench,
  tool: CvatTool,
  user?: FakeUser,
): Promise<string[]> {
  const jobs = await listedJobs(bench, tool, user)
  const { copies } = bench.memory.held
  return jobs.flatMap(({ task_id, start_frame, stop_frame }) => {
    const keys = copies.find(({ task }) => task === task_id)?.keys
    return Array.from({ length: stop_frame - start_frame + 1 }, (_, at) => {
      const frame = start_frame + at
      return keys?.[frame] ?? `${task_id}-${frame}`
    })
  })
}
