/** The advisory locks of the database, which all servers on it share. Any numbers will do, as long as no two are the same. */
export const locks = {
  migrations: 7_233_801,
  readModel: 7_233_802,
  queues: 7_233_803,
} as const
