/** Everything that a training depends on besides the images and the seed. DESIGN section 2, Profiles. */

export type ProfileName = 'quick' | 'balanced' | 'paper'
export type NetworkName = 'fcn' | 'unet'

export interface Settings {
  readonly profile: ProfileName
  readonly network: NetworkName
  /** Members of the ensemble. */
  readonly members: number
  /** Fraction of the published width. */
  readonly width: number
  readonly iterations: number
  /** Side of a training crop, pixels at working scale; a multiple of 32. */
  readonly crop: number
  readonly batch: number
  readonly learningRate: number
  /** Linear warm-up, iterations; then cosine to 0. */
  readonly warmUp: number
  /** Working scale 1, 1/2, 1/4, 1/8, or chosen from the labels. */
  readonly scale: number | 'from-labels'
  /** Running statistics: new = momentum * old + (1 - momentum) * batch. */
  readonly batchNormMomentum: number
  readonly classWeights: 'none' | 'frequency'
}

const common = {
  network: 'fcn',
  members: 4,
  warmUp: 20,
  batchNormMomentum: 0.9,
  classWeights: 'none',
} as const

/** One fixed list of settings for all data sets. */
export const profiles: Readonly<Record<ProfileName, Settings>> = {
  quick: {
    ...common,
    profile: 'quick',
    width: 0.25,
    iterations: 300,
    crop: 128,
    batch: 4,
    learningRate: 1e-2,
    scale: 'from-labels',
  },
  balanced: {
    ...common,
    profile: 'balanced',
    width: 0.25,
    iterations: 1200,
    crop: 128,
    batch: 4,
    learningRate: 1e-2,
    scale: 'from-labels',
  },
  paper: {
    ...common,
    profile: 'paper',
    width: 1,
    iterations: 2000,
    crop: 192,
    batch: 8,
    learningRate: 1e-3,
    scale: 1,
  },
}
