/** The advisory locks of the database, which all its servers share. The numbers are arbitrary, but distinct. */
export const locks = {
  migrations: 7_233_801,
  readModel: 7_233_802,
  queues: 7_233_803,
  /** Seed of the hash of a mailbox and a template. */
  mailbox: 7_233_804,
  /** Held by whoever takes a base backup. */
  baseBackup: 7_233_810,
} as const
