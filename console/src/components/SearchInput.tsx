/** A search field whose text is in the address a moment after it was typed. */
import { useLingui } from '@lingui/react/macro'
import { CloseButton, TextInput } from '@mantine/core'
import { MagnifyingGlassIcon } from '@radix-ui/react-icons'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'

const PAUSE = 200

/** @param name of the parameter in the address */
export function SearchInput({ name, label }: { name: string; label: string }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const { [name]: given } = useSearch({ strict: false }) as Record<string, string | undefined>
  const [text, setText] = useState(given ?? '')
  const sent = useRef(given ?? '')
  useEffect(() => {
    // Back and links change the address as well.
    if ((given ?? '') !== sent.current) {
      sent.current = given ?? ''
      setText(sent.current)
      return
    }
    if (text.trim() === (given ?? '')) return
    const timer = setTimeout(() => {
      const value = text.trim()
      sent.current = value
      const search = ({ [name]: _, cursor: __, offset: ___, ...others }: Record<string, unknown>) => ({
        ...others,
        ...(value && { [name]: value }),
      })
      void navigate({ to: '.', search: search as never, replace: true, resetScroll: false })
    }, PAUSE)
    return () => clearTimeout(timer)
  }, [text, given, name, navigate])
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      leftSection={<MagnifyingGlassIcon />}
      rightSection={text !== '' && <CloseButton size="sm" aria-label={t`Clear`} onClick={() => setText('')} />}
      w="min(22rem, 100%)"
    />
  )
}
