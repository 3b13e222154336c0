/** The keys of a list, and the switch for those that are letters. */
import { useLingui } from '@lingui/react/macro'
import { Checkbox } from '@mantine/core'
import { useState } from 'react'
import { Dialog } from '../Dialog.tsx'
import styles from './HelpDialog.module.css'
import { areLettersOn, switchLetters } from './useKeys.ts'

export default function HelpDialog({ onClose }: { onClose(): void }) {
  const { t } = useLingui()
  const [areOn, setOn] = useState(areLettersOn)
  const command = /mac/i.test(navigator.platform) ? '⌘' : 'Ctrl'
  const keys: [keys: string[], meaning: string][] = [
    [['↑', '↓', 'k', 'j'], t`Previous and next row`],
    [['Page ↑', 'Page ↓', 'Home', 'End'], t`A page, the first and the last row`],
    [['g'], t`Go to a row by its number`],
    [['Enter'], t`Open the row`],
    [['Esc'], t`Back to the list, close the details, clear the selection`],
    [['x', 'Space'], t`Select the row`],
    [['Shift x'], t`Select up to this row`],
    [[`${command} A`], t`Select the rows in view; once more: all that match`],
    [['c'], t`Copy the id`],
    [['/'], t`Search`],
    [[`${command} K`], t`Find pages, accounts, people and actions`],
    [['Shift ←', 'Shift →'], t`On the name of a column: its width`],
    [['Shift Enter'], t`On the name of a column: order by it as well`],
    [['?'], t`This help`],
  ]
  return (
    <Dialog opened onClose={onClose} title={t`Keys`} size="lg">
      <table className={styles.keys}>
        <tbody>
          {keys.map(([all, meaning]) => (
            <tr key={meaning}>
              <th scope="row">
                {all.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Checkbox
        mt="md"
        label={t`Letters work as keys`}
        checked={areOn}
        onChange={({ currentTarget: { checked } }) => {
          switchLetters(checked)
          setOn(checked)
        }}
      />
    </Dialog>
  )
}
