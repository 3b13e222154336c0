/** Draws a chart with uPlot, in the colours of the theme. A chunk of its own: only pages with charts load it. */
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { number, shortDay } from '../../lib/format.ts'
import styles from './Chart.module.css'
import { HEIGHT, type Series } from './Chart.tsx'

interface Props {
  days: readonly string[]
  series: readonly Series[]
  kind: 'lines' | 'bars'
  onPoint(index: number | undefined): void
}

const DASHES = { solid: [], dashed: [6, 4], dotted: [2, 3] }
/** In seconds, as uPlot counts. */
const DAY = 86_400
const seconds = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000

export default function Plot({ days, series, kind, onPoint }: Props) {
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  const point = useRef(onPoint)
  point.current = onPoint
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the scheme changes what the variables of the theme are
  useEffect(() => {
    const element = place.current
    if (!element) return
    const variables = getComputedStyle(element)
    const colour = (name: string) => variables.getPropertyValue(name).trim()
    const bars = kind === 'bars'
    // Bars of a sum are drawn first, so that those of its parts cover them.
    const drawn = bars ? [...stacked(series)].reverse() : series
    const axis = {
      stroke: colour('--mantine-color-dimmed'),
      font: `11px ${variables.fontFamily}`,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1, size: 4 },
    }
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
        legend: { show: false },
        cursor: { y: false, points: { show: !bars, size: 6 }, drag: { x: false, y: false } },
        scales: {
          x: bars ? { range: (_, min, max) => [min - DAY / 2, max + DAY / 2] } : {},
          y: { range: (_, __, max) => [0, Math.max(max * 1.05, 4)] },
        },
        axes: [
          { ...axis, grid: { show: false }, values: (_, splits) => splits.map(shortDay), space: 70, size: 28 },
          { ...axis, size: 56, values: (_, splits) => splits.map((one) => (Number.isInteger(one) ? number(one) : '')) },
        ],
        series: [
          {},
          ...drawn.map(({ colour: name, dash = 'solid' }) => ({
            stroke: colour(name),
            width: bars ? 0 : 2,
            points: { show: false },
            ...(bars
              ? { fill: colour(name), paths: uPlot.paths.bars?.({ size: [0.7, 28], align: 0 }) as uPlot.Series.PathBuilder }
              : { dash: DASHES[dash] }),
          })),
        ],
        hooks: {
          setCursor: [({ cursor: { idx } }) => point.current(idx ?? undefined)],
        },
      },
      [days.map(seconds), ...drawn.map(({ values }) => [...values])],
      element,
    )
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [days, series, kind, scheme])
  return <div ref={place} className={styles.plot} />
}

/** Each series as the sum of itself and those below it. */
function stacked(series: readonly Series[]): Series[] {
  let below: readonly number[] = []
  return series.map((one) => {
    const values = one.values.map((value, index) => value + (below[index] ?? 0))
    below = values
    return { ...one, values }
  })
}
