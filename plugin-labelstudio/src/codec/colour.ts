/** Colours of labels as `#rrggbb`. */

/** The names that Label Studio's own templates use, and the other basic ones of CSS. */
const names: Readonly<Record<string, string>> = {
  aqua: '#00ffff',
  black: '#000000',
  blue: '#0000ff',
  brown: '#a52a2a',
  cyan: '#00ffff',
  darkgreen: '#006400',
  darkorange: '#ff8c00',
  fuchsia: '#ff00ff',
  gold: '#ffd700',
  gray: '#808080',
  green: '#008000',
  grey: '#808080',
  lightblue: '#add8e6',
  lightgreen: '#90ee90',
  lime: '#00ff00',
  magenta: '#ff00ff',
  maroon: '#800000',
  navy: '#000080',
  olive: '#808000',
  orange: '#ffa500',
  pink: '#ffc0cb',
  purple: '#800080',
  red: '#ff0000',
  silver: '#c0c0c0',
  teal: '#008080',
  violet: '#ee82ee',
  white: '#ffffff',
  yellow: '#ffff00',
}

/** @returns undefined for other notations: the product chooses a colour then */
export function colourOf(background: string | undefined): string | undefined {
  const text = background?.trim().toLowerCase() ?? ''
  if (/^#[0-9a-f]{6}([0-9a-f]{2})?$/.test(text)) return text.slice(0, 7)
  if (/^#[0-9a-f]{3,4}$/.test(text))
    return `#${[1, 2, 3].map((i) => text.charAt(i).repeat(2)).join('')}`
  return Object.hasOwn(names, text) ? names[text] : undefined
}
