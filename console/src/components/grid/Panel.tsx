/** The essentials of a row, beside the list. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, CloseButton } from '@mantine/core'
import { type ComponentType, Suspense } from 'react'
import { RowsSkeleton } from '../states.tsx'
import styles from './ListPage.module.css'

interface Props {
  id: number
  content: ComponentType<{ id: number }>
  address: string
  onOpen(): void
  onClose(): void
}

export function Panel({ id, content: Content, address, onOpen, onClose }: Props) {
  const { t } = useLingui()
  return (
    <aside className={styles.panel} aria-label={t`Details`}>
      <div className={styles.panelHead}>
        <Button
          component="a"
          href={address}
          size="compact-sm"
          variant="default"
          onClick={(event: React.MouseEvent) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return
            event.preventDefault()
            onOpen()
          }}
        >
          <Trans>Open</Trans>
        </Button>
        <CloseButton aria-label={t`Close`} onClick={onClose} />
      </div>
      <Suspense fallback={<RowsSkeleton rows={6} />}>
        <Content id={id} />
      </Suspense>
    </aside>
  )
}
