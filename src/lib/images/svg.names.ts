/** What an SVG may contain after cleaning: elements and attributes that draw, and nothing that runs, loads, links or moves. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

export const shapes = words('path rect circle ellipse line polyline polygon text use')

export const elements = words(`
  svg g defs symbol switch title desc style ${[...shapes].join(' ')} tspan textPath
  linearGradient radialGradient stop clipPath mask pattern marker
  filter feBlend feColorMatrix feComponentTransfer feFuncR feFuncG feFuncB feFuncA feComposite feDropShadow feFlood feGaussianBlur feMerge
  feMergeNode feMorphology feOffset`)

/** Elements whose text is kept. */
export const texts = words('title desc text tspan textPath')

export const attributes = words(`
  id class style transform x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy width height viewBox preserveAspectRatio points d pathLength
  rotate textLength lengthAdjust startOffset method spacing
  offset gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits patternTransform clipPathUnits maskUnits
  maskContentUnits markerUnits markerWidth markerHeight refX refY orient
  filterUnits primitiveUnits in in2 result stdDeviation mode operator k1 k2 k3 k4 values type tableValues slope intercept amplitude exponent radius
  fill fill-opacity fill-rule stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset
  stroke-opacity color opacity display visibility overflow clip-path clip-rule mask filter flood-color flood-opacity stop-color stop-opacity
  font-family font-size font-style font-weight font-variant font-stretch text-anchor text-decoration dominant-baseline alignment-baseline
  baseline-shift letter-spacing word-spacing writing-mode direction marker-start marker-mid marker-end paint-order vector-effect
  shape-rendering text-rendering image-rendering color-interpolation color-interpolation-filters`)

/** Functions of CSS and `transform` that take only numbers, and `url`, which may refer to a part of the same image. */
export const functions = words('rgb rgba hsl hsla matrix translate scale rotate skewx skewy url')
