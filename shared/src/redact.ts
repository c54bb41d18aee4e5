/** Secrets in texts for people and logs. */

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){1,2}/g, '[secret]'],
  [/\b(Bearer|Basic|Token) +(?=\S*\d)[\w.~+/=-]{8,}/g, '$1 [secret]'],
  [/(\/\/)[^\s/@]+@/g, '$1[secret]@'],
  [/([?&][^\s=&]*(?:token|sign|credential|secret|password|key)[^\s=&]*=)[^\s&"']+/gi, '$1[secret]'],
]

/** The text without the secrets, and without whatever else looks like one. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text
  // The longest first: one may contain another.
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
    if (secret !== '') clean = clean.replaceAll(secret, '[secret]')
  }
  for (const [pattern, by] of patterns) clean = clean.replace(pattern, by)
  return clean
}
