/** What a page shows while it waits, when there is nothing, and when something went wrong. */
import { Trans } from '@lingui/react/macro'
import { Button, Skeleton, Stack, Text, Title } from '@mantine/core'
import { Link, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ApiError } from '../api/errors.ts'
import { explain } from '../lib/explain.ts'
import styles from './states.module.css'

export function PageSkeleton() {
  return (
    <Stack p="lg" aria-hidden="true">
      <Skeleton height={28} width={220} />
      <Skeleton height={16} width="60%" />
      <Skeleton height={240} />
    </Stack>
  )
}

/** Rows in the place of a list that is on its way. */
export function RowsSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <Stack gap="xs" aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have nothing but their place
        <Skeleton key={index} height={32} />
      ))}
    </Stack>
  )
}

/** @param children what to do about it: usually a button */
export function EmptyState({ title, text, children }: { title: ReactNode; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className={styles.state}>
      <Text fw={600} size="md">
        {title}
      </Text>
      {text && (
        <Text c="dimmed" maw={460}>
          {text}
        </Text>
      )}
      {children}
    </div>
  )
}

export function ErrorState({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  return (
    <div className={styles.state} role="alert">
      <Text fw={600} size="md">
        {explain(error)}
      </Text>
      {error instanceof ApiError && error.requestId && (
        <Text c="dimmed" size="xs">
          <Trans>Request {error.requestId}</Trans>
        </Text>
      )}
      {retry && (
        <Button variant="default" onClick={retry}>
          <Trans>Try again</Trans>
        </Button>
      )}
    </div>
  )
}

export function PageError({ error }: { error: unknown }) {
  const router = useRouter()
  return <ErrorState error={error} retry={() => router.invalidate()} />
}

export function NotFound() {
  return (
    <div className={styles.state}>
      <Title order={1} size="h3">
        <Trans>There is no such page</Trans>
      </Title>
      <Text c="dimmed">
        <Trans>The address may be mistyped, or what it showed is gone.</Trans>
      </Text>
      <Link to="/">
        <Trans>Go to the start page</Trans>
      </Link>
    </div>
  )
}
