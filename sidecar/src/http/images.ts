/** Images: bytes by content, one by one or many at once. */
import { Problem } from '@suggestive/shared/problem'
import { digest } from '@suggestive/shared/protocol'
import {
  image,
  imagesReply,
  missingBody,
  missingReply,
  uploadReply,
} from '@suggestive/shared/protocol/image'
import { z } from 'zod'
import { missingImages } from '../app/ingest-tasks.ts'
import { chunksOf, json, stream } from './body.ts'
import { receiveForm } from './form.ts'
import { everybody, plain, type Reply, route } from './route.ts'
import { receivePart, stateOf } from './upload.ts'

const params = z.strictObject({ digest })
const path = '/v1/images/:digest'

export const imageRoutes = [
  route({
    ...plain,
    method: 'post',
    path: '/v1/images/missing',
    summary: 'Which of these images must be sent?',
    roles: ['owner', 'service'],
    body: json(missingBody),
    replies: [{ status: 200, schema: missingReply, describes: 'Those whose bytes are not here' }],
    problems: [],
    handler: async ({ body }, { store }) => ({
      json: { missing: await missingImages(store, body.digests) },
    }),
  }),
  route({
    ...plain,
    method: 'post',
    path: '/v1/images',
    summary: 'Many image files in one form; each is stored or refused by itself',
    roles: ['owner', 'service'],
    body: stream('multipart/form-data'),
    replies: [{ status: 200, schema: imagesReply, describes: 'What became of each file' }],
    problems: ['wrong-use', 'storage-failed'],
    handler: async ({ body }, deps) => ({ json: await receiveForm(body, deps) }),
  }),
  route({
    ...plain,
    method: 'get',
    path,
    summary: 'How much of an image is here; HEAD tells the same in Upload-Offset',
    roles: everybody,
    params,
    replies: [{ status: 200, schema: uploadReply, describes: 'State of the upload' }],
    problems: [],
    handler: async (call, deps) => {
      const state = await stateOf(call.params.digest, deps)
      return { json: state, headers: offsetHeader(state.offset) }
    },
  }),
  route({
    ...plain,
    method: 'get',
    path: `${path}/bytes`,
    summary: 'The image file itself, for people who look at it',
    roles: ['owner', 'annotator', 'viewer'],
    params,
    replies: [{ status: 200, media: 'application/octet-stream', describes: 'The file' }],
    problems: ['not-found'],
    handler: async ({ params }, { blobs, store, clock }): Promise<Reply> => {
      const { digest } = params
      const facts = await blobs.facts('image', digest)
      const stream = await blobs.stream('image', digest)
      if (facts === undefined || stream === undefined) {
        throw new Problem(
          'not-found',
          `The bytes of the image ${digest} are not here: they are fetched from the tool when they are needed.`,
        )
      }
      await store.touchImages([digest], clock.now())
      return { stream, length: facts.bytes, media: 'application/octet-stream', headers: forever }
    },
  }),
  route({
    ...plain,
    method: 'put',
    path,
    summary: 'The bytes of an image, whole or a part of them with Content-Range',
    roles: ['owner', 'service'],
    params,
    body: stream('application/octet-stream', /^image\//),
    replies: [
      { status: 201, schema: image, describes: 'The image is complete' },
      { status: 202, schema: uploadReply, describes: 'The part is here' },
    ],
    problems: ['conflict', 'too-large', 'unreadable-input', 'digest-mismatch', 'storage-failed'],
    handler: async ({ params, body, headers }, deps): Promise<Reply> => {
      const { digest } = params
      const done = await receivePart(digest, chunksOf(body), headers['content-range'], deps)
      if (done.image !== undefined) return { status: 201, json: done.image }
      const state = { digest, offset: done.offset, complete: false }
      return { status: 202, json: state, headers: offsetHeader(done.offset) }
    },
  }),
]

/** The address names the content. */
const forever = { 'Cache-Control': 'private, max-age=31536000, immutable' }

function offsetHeader(offset: number) {
  return { 'Upload-Offset': String(offset) }
}
