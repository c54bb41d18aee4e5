// Jest transform: TypeScript to ES modules by esbuild; types are checked by `npm run check`, not here.
import { transformSync } from 'esbuild'

export default {
  process(source, path) {
    const { code } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'es2023',
      sourcemap: 'inline',
      sourcefile: path,
    })
    return { code }
  },
}
