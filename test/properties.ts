/** How properties are tried: REEVE_RUNS times in place of the usual number, from REEVE_SEED in place of chance. */

export const runsOr = (usual: number) => Number(process.env.REEVE_RUNS ?? usual)
export const seed = process.env.REEVE_SEED ? { seed: Number(process.env.REEVE_SEED) } : {}
