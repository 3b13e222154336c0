/** `T` without undefined values. */
type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Copies the defined fields. Null is a value. */
export const definedFields = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
