/** Features: the catalogue, and what accounts have of it. */
import { answering, type Operation, refused, staffChange, staffRead } from './table.ts'

/** The account is named by the body, so one out of sight is a mistake of the body. */
const enabling = {
  ...answering(201, staffChange),
  foreign: [201, 400, 400, 403, 403],
  unknown: [400, 400, 400, 403, 403],
} as const satisfies Operation['expect']

function ofKind(kind: 'free' | 'paid', featureId: number): Record<string, Operation> {
  const path = `/iam/admin/${kind}_features`
  return {
    [`GET ${path}`]: { object: 'none', expect: { own: staffRead.own } },
    [`POST ${path}`]: {
      object: `account without the ${kind} feature`,
      body: (_, { clientId }) => ({ client_id: clientId, feature_id: featureId }),
      expect: enabling,
      session: { another: refused },
    },
    [`GET ${path}/{activatedFeatureId}`]: { object: `${kind} feature`, expect: staffRead, session: { another: refused } },
    [`DELETE ${path}/{activatedFeatureId}`]: {
      object: `${kind} feature`,
      expect: answering(204, staffChange),
      session: { another: refused },
    },
  }
}

/** A free and a paid feature of the demo's catalogue. */
export const aFeature = { free: 1, paid: 3 } as const

export const features: Record<string, Operation> = {
  'GET /iam/admin/feature': { object: 'none', expect: { own: staffRead.own } },
  'GET /iam/admin/feature/{featureId}': { object: 'feature', expect: { own: staffRead.own, unknown: staffRead.unknown } },
  ...ofKind('free', aFeature.free),
  ...ofKind('paid', aFeature.paid),
}
