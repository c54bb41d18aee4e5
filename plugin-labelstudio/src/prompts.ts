/** Controls that only prompt the smart tool. */

/**
 * Names of smart rectangles and ellipses beside brushes or polygons: what they draw is a question, not a label. The
 * parsed configuration does not tell, so the one attribute is looked for in the text.
 *
 * @param xml `label_config` of the project
 */
export function promptsIn(xml: unknown): readonly string[] {
  if (typeof xml !== 'string' || !/<(Brush|Polygon)(Labels)?\b/.test(xml)) return []
  const names: string[] = []
  for (const [tag] of xml.matchAll(/<(?:Rectangle|Ellipse)(?:Labels)?\b[^>]*>/g)) {
    const name = /\bname\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(tag)
    const isSmart = /\bsmart(?:Only)?\s*=\s*["']true["']/.test(tag)
    const found = name?.[1] ?? name?.[2]
    if (isSmart && found !== undefined) names.push(found)
  }
  return names
}
