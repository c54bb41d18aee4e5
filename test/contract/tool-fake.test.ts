import { FakeTool } from '../fakes/tool.ts'
import { toolContract } from './tool.ts'

toolContract('the fake', async () => {
  const tool = new FakeTool()
  let pixels = 5
  const oracle = {
    addTask: async () => tool.addTask(),
    removeTask: async (key: string) => tool.removeTask(key),
    loseImage: async (key: string) => tool.change(key, { image: undefined }),
    lock: async (key: string) => tool.change(key, { state: 'in-progress' }),
    annotate: async (key: string, outcome: 'labelled' | 'empty' | 'skipped') =>
      tool.annotate(key, { outcome }),
    edit: async (key: string, id: string) => tool.edit(key, id, { pixels: ++pixels }),
    deleteAnnotation: async (key: string, id: string) => tool.deleteAnnotation(key, id),
    meddle: async () => {
      tool.setting = 'uniform'
    },
    served: async () => tool.order(),
    settings: async () => tool.setting,
  }
  return { tool, oracle, close: async () => {} }
})
