/** A modal dialog. Mantine would lock the scrolling by a <style> element, which the content security policy refuses; styles.css does it. */
import { useLingui } from '@lingui/react/macro'
import { Modal, type ModalProps } from '@mantine/core'
import '../mantine.overlays.css.ts'

export function Dialog(props: ModalProps) {
  const { t } = useLingui()
  return <Modal centered {...props} lockScroll={false} closeButtonProps={{ 'aria-label': t`Close` }} />
}
