/** Names of what can be wrong with an image: one problem for each project. */

export type ImageProblemKind = 'broken-image' | 'wrong-size'

/** Digits of a digest that tell images apart for people. */
const short = 12

export function imageProblemKey(kind: ImageProblemKind, imageDigest: string): string {
  return `${kind}/${imageDigest.slice(0, short)}`
}
