import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { engineContract } from './engine.ts'

engineContract('the pixel engine of the tests', async () => createPixelEngine())
